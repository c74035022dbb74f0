package dev.execlaw.session;

import dev.execlaw.session.SessionState.AgentLost;
import dev.execlaw.session.SessionState.Booting;
import dev.execlaw.session.SessionState.Busy;
import dev.execlaw.session.SessionState.Creating;
import dev.execlaw.session.SessionState.Deleted;
import dev.execlaw.session.SessionState.Examining;
import dev.execlaw.session.SessionState.Failed;
import dev.execlaw.session.SessionState.Ready;
import dev.execlaw.session.SessionState.Recovering;
import dev.execlaw.session.SessionState.Stopped;
import dev.execlaw.session.SessionState.Stopping;

/** The transition table: what each state answers to each command, and which state may follow which. */
final class Transitions {

    private Transitions() {}

    /** What people and the server ask of a session. */
    enum Command {
        POST,
        REMOVE_QUEUED,
        START,
        STOP,
        INTERRUPT,
        EXAMINE,
        EXEC,
        RENAME,
        RESTRICT,
        DELETE,
        SHUTDOWN
    }

    /** What a state does with a command. */
    enum Answer {
        /** Carries it out now. */
        DO,
        /** Keeps it until the agent waits. */
        QUEUE,
        /** Says yes and does nothing: it is so already, or on its way. */
        NOTHING,
        /** Says no. */
        REFUSE
    }

    static Answer answer(SessionState state, Command command) {
        return switch (command) {
            case POST -> post(state);
            case REMOVE_QUEUED, RENAME, RESTRICT -> state instanceof Deleted ? Answer.REFUSE : Answer.DO;
            case START -> start(state);
            case STOP, SHUTDOWN -> end(state, command);
            case INTERRUPT -> interrupt(state);
            case EXAMINE -> state instanceof Ready ? Answer.DO : Answer.REFUSE;
            case EXEC -> exec(state);
            case DELETE -> state instanceof Deleted ? Answer.NOTHING : Answer.DO;
        };
    }

    private static Answer post(SessionState state) {
        return switch (state) {
            case Ready _ -> Answer.DO;
            case Creating _, Booting _, Busy _, Examining _, Recovering _ -> Answer.QUEUE;
            case AgentLost _, Stopping _, Stopped _, Failed _, Deleted _ -> Answer.REFUSE;
        };
    }

    private static Answer start(SessionState state) {
        return switch (state) {
            case Stopped _, Failed _, AgentLost _ -> Answer.DO;
            case Creating _, Booting _, Ready _, Busy _, Examining _, Recovering _ -> Answer.NOTHING;
            case Stopping _, Deleted _ -> Answer.REFUSE;
        };
    }

    private static Answer end(SessionState state, Command command) {
        return switch (state) {
            case Creating _, Booting _, Ready _, Busy _, Examining _, Recovering _, AgentLost _ -> Answer.DO;
            case Stopping _, Stopped _, Failed _ -> Answer.NOTHING;
            case Deleted _ -> command == Command.SHUTDOWN ? Answer.NOTHING : Answer.REFUSE;
        };
    }

    private static Answer interrupt(SessionState state) {
        return switch (state) {
            case Busy _ -> Answer.DO;
            case Creating _, Booting _, Ready _, Examining _, Recovering _, AgentLost _ -> Answer.NOTHING;
            case Stopping _, Stopped _, Failed _, Deleted _ -> Answer.REFUSE;
        };
    }

    private static Answer exec(SessionState state) {
        return switch (state) {
            case Ready _, Busy _, Examining _, AgentLost _ -> Answer.DO;
            case Creating _, Booting _, Recovering _, Stopping _, Stopped _, Failed _, Deleted _ -> Answer.REFUSE;
        };
    }

    /** Whether {@code to} may follow {@code from}. */
    static boolean allowed(SessionState from, SessionState to) {
        return switch (from) {
            case Creating _ -> to instanceof Booting || to instanceof Stopping;
            case Booting _ -> to instanceof Ready || to instanceof AgentLost || to instanceof Stopping;
            case Ready _ ->
                to instanceof Busy
                        || to instanceof Examining
                        || to instanceof Recovering
                        || to instanceof AgentLost
                        || to instanceof Stopping;
            case Busy _, Examining _ ->
                to instanceof Ready || to instanceof Recovering || to instanceof AgentLost || to instanceof Stopping;
            case Recovering _ -> to instanceof Ready || to instanceof AgentLost || to instanceof Stopping;
            case AgentLost _ -> to instanceof Recovering || to instanceof Stopping;
            case Stopping _ ->
                to instanceof Stopping || to instanceof Stopped || to instanceof Failed || to instanceof Deleted;
            case Stopped _, Failed _ -> to instanceof Creating || to instanceof Stopping;
            case Deleted _ -> false;
        };
    }
}
