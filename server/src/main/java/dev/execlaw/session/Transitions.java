package dev.execlaw.session;

import dev.execlaw.session.SessionState.AgentLost;
import dev.execlaw.session.SessionState.Booting;
import dev.execlaw.session.SessionState.Busy;
import dev.execlaw.session.SessionState.Creating;
import dev.execlaw.session.SessionState.Deleted;
import dev.execlaw.session.SessionState.Examining;
import dev.execlaw.session.SessionState.Failed;
import dev.execlaw.session.SessionState.Paused;
import dev.execlaw.session.SessionState.Pausing;
import dev.execlaw.session.SessionState.Ready;
import dev.execlaw.session.SessionState.Recovering;
import dev.execlaw.session.SessionState.Saving;
import dev.execlaw.session.SessionState.Stopped;
import dev.execlaw.session.SessionState.Stopping;
import dev.execlaw.session.SessionState.Waking;

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
        ANSWER,
        EXAMINE,
        EXEC,
        PAUSE,
        RESUME,
        CHECKPOINT,
        REWIND,
        BRANCH,
        ADJUST,
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
        /** Answers in a moment, when the state has passed. */
        LATER,
        /** Says no. */
        REFUSE
    }

    static Answer answer(SessionState state, Command command) {
        Answer answer = atOnce(state, command);
        boolean passes = state instanceof Saving && answer == Answer.REFUSE;
        return passes ? Answer.LATER : answer;
    }

    private static Answer atOnce(SessionState state, Command command) {
        return switch (command) {
            case POST -> post(state);
            case REMOVE_QUEUED, ADJUST, RESTRICT -> state instanceof Deleted ? Answer.REFUSE : Answer.DO;
            case START -> start(state);
            case STOP, SHUTDOWN -> end(state, command);
            case INTERRUPT -> interrupt(state);
            case ANSWER -> state instanceof Busy(boolean waits) && waits ? Answer.DO : Answer.REFUSE;
            case EXAMINE -> state instanceof Ready ? Answer.DO : Answer.REFUSE;
            case EXEC -> exec(state);
            case PAUSE -> pause(state);
            case RESUME -> resume(state);
            case CHECKPOINT -> state instanceof Ready ? Answer.DO : Answer.REFUSE;
            case REWIND -> rewind(state);
            case BRANCH -> state instanceof Saving ? Answer.LATER : branch(state);
            case DELETE -> state instanceof Deleted ? Answer.NOTHING : Answer.DO;
        };
    }

    private static Answer post(SessionState state) {
        return switch (state) {
            case Ready _, Paused _ -> Answer.DO;
            case Creating _, Booting _, Busy _, Examining _, Recovering _, Saving _, Pausing _, Waking _ ->
                Answer.QUEUE;
            case AgentLost _, Stopping _, Stopped _, Failed _, Deleted _ -> Answer.REFUSE;
        };
    }

    private static Answer start(SessionState state) {
        return switch (state) {
            case Stopped _, Failed _, AgentLost _, Paused _ -> Answer.DO;
            case Creating _, Booting _, Ready _, Busy _, Examining _, Recovering _, Saving _, Pausing _, Waking _ ->
                Answer.NOTHING;
            case Stopping _, Deleted _ -> Answer.REFUSE;
        };
    }

    private static Answer pause(SessionState state) {
        return switch (state) {
            case Ready _, Busy _ -> Answer.DO; // busy: only where it is forced
            case Pausing _, Paused _ -> Answer.NOTHING;
            case Creating _,
                    Booting _,
                    Examining _,
                    Recovering _,
                    AgentLost _,
                    Saving _,
                    Waking _,
                    Stopping _,
                    Stopped _,
                    Failed _,
                    Deleted _ -> Answer.REFUSE;
        };
    }

    private static Answer resume(SessionState state) {
        return switch (state) {
            case Paused _, Pausing _, Waking _ -> Answer.DO;
            case Ready _, Busy _, Examining _, Recovering _, AgentLost _, Saving _ -> Answer.NOTHING;
            case Creating _, Booting _, Stopping _, Stopped _, Failed _, Deleted _ -> Answer.REFUSE;
        };
    }

    private static Answer rewind(SessionState state) {
        return switch (state) {
            case Ready _, Paused _, Stopped _, Failed _ -> Answer.DO;
            case Creating _,
                    Booting _,
                    Busy _,
                    Examining _,
                    Recovering _,
                    AgentLost _,
                    Saving _,
                    Pausing _,
                    Waking _,
                    Stopping _,
                    Deleted _ -> Answer.REFUSE;
        };
    }

    private static Answer branch(SessionState state) {
        return switch (state) {
            case Deleted _, Stopping _ -> Answer.REFUSE;
            case Creating _,
                    Booting _,
                    Ready _,
                    Busy _,
                    Examining _,
                    Recovering _,
                    AgentLost _,
                    Saving _,
                    Pausing _,
                    Paused _,
                    Waking _,
                    Stopped _,
                    Failed _ -> Answer.DO; // from a checkpoint; from now only where one can be taken
        };
    }

    private static Answer end(SessionState state, Command command) {
        return switch (state) {
            case Paused _ -> command == Command.SHUTDOWN ? Answer.NOTHING : Answer.DO;
            case Creating _,
                    Booting _,
                    Ready _,
                    Busy _,
                    Examining _,
                    Recovering _,
                    AgentLost _,
                    Saving _,
                    Pausing _,
                    Waking _ -> Answer.DO;
            case Stopping _, Stopped _, Failed _ -> Answer.NOTHING;
            case Deleted _ -> command == Command.SHUTDOWN ? Answer.NOTHING : Answer.REFUSE;
        };
    }

    private static Answer interrupt(SessionState state) {
        return switch (state) {
            case Busy _ -> Answer.DO;
            case Creating _,
                    Booting _,
                    Ready _,
                    Examining _,
                    Recovering _,
                    AgentLost _,
                    Saving _,
                    Pausing _,
                    Paused _,
                    Waking _ -> Answer.NOTHING;
            case Stopping _, Stopped _, Failed _, Deleted _ -> Answer.REFUSE;
        };
    }

    private static Answer exec(SessionState state) {
        return switch (state) {
            case Ready _, Busy _, Examining _, AgentLost _, Saving _ -> Answer.DO;
            case Creating _,
                    Booting _,
                    Recovering _,
                    Pausing _,
                    Paused _,
                    Waking _,
                    Stopping _,
                    Stopped _,
                    Failed _,
                    Deleted _ -> Answer.REFUSE;
        };
    }

    /** Whether {@code to} may follow {@code from}. */
    static boolean allowed(SessionState from, SessionState to) {
        return switch (from) {
            case Creating _ -> to instanceof Booting || to instanceof Ready || to instanceof Stopping;
            case Booting _ -> to instanceof Ready || to instanceof AgentLost || to instanceof Stopping;
            case Ready _ ->
                to instanceof Busy
                        || to instanceof Examining
                        || to instanceof Recovering
                        || to instanceof Saving
                        || to instanceof Pausing
                        || to instanceof AgentLost
                        || to instanceof Stopping;
            case Saving _ ->
                to instanceof Ready || to instanceof Recovering || to instanceof AgentLost || to instanceof Stopping;
            case Pausing _ ->
                to instanceof Ready || to instanceof Paused || to instanceof Waking || to instanceof Stopping;
            case Paused _ -> to instanceof Waking || to instanceof Paused || to instanceof Stopping;
            case Waking _ -> to instanceof Ready || to instanceof AgentLost || to instanceof Stopping;
            case Busy _, Examining _ ->
                (from instanceof Busy && to instanceof Busy)
                        || to instanceof Ready
                        || to instanceof Recovering
                        || to instanceof AgentLost
                        || to instanceof Stopping;
            case Recovering _ -> to instanceof Ready || to instanceof AgentLost || to instanceof Stopping;
            case AgentLost _ -> to instanceof Recovering || to instanceof Stopping;
            case Stopping _ ->
                to instanceof Stopping
                        || to instanceof Stopped
                        || to instanceof Paused
                        || to instanceof Failed
                        || to instanceof Deleted;
            case Stopped _, Failed _ -> to instanceof Creating || to instanceof Waking || to instanceof Stopping;
            case Deleted _ -> false;
        };
    }
}
