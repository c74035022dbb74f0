package dev.execlaw.session;

import dev.execlaw.session.Mail.ToolsEnd;
import org.jspecify.annotations.Nullable;

/**
 * The stop of a turn. The gateway ends the model's call as if the model had said so, and answers those that follow likewise:
 * the agent comes to its prompt by itself, and while a call runs nobody else need be asked. What the agent runs between two
 * calls the guest ends, and is asked again as long as the agent may begin more. Belongs to the supervisor's thread; times are
 * {@link System#nanoTime}.
 */
final class Interruption {

    private static final long FIRST_PACE = 50_000_000;
    private static final long LAST_PACE = 1_000_000_000;

    private final Means means;
    private @Nullable Turn turn;
    private boolean asking;
    private boolean done;
    private long pace = FIRST_PACE;
    private long lookAt = Turn.NEVER;

    Interruption(Means means) {
        this.means = means;
    }

    /** By what a turn is stopped. */
    interface Means {

        /** Ends the model's calls politely, those that come as well. */
        void endCalls();

        /** Asks an agent that is spoken to. Returns false where it is not spoken to. */
        boolean cancel();

        /** Has the guest end what the agent runs; the answer comes as {@link #answered}. */
        void endTools(String turn);

        /** Types what ends a tool at the console, or tells the user that there is nothing to type. */
        void press();
    }

    /** The user wants a turn to end. Said again it changes nothing. */
    void stop(Turn running, long now) {
        if (running.stopping()) {
            return;
        }
        over();
        means.endCalls();
        running.stop(now);
        if (!means.cancel()) {
            turn = running;
            look();
        }
    }

    /** Something has happened in the turn, after which a tool may begin, or may not any more. */
    void look() {
        Turn running = turn;
        lookAt = Turn.NEVER;
        if (running != null && !asking && !done && running.mayRunTool()) {
            asking = true;
            running.toolsEnding();
            means.endTools(running.message());
        }
    }

    /** What came of the guest being asked, for the turn of this message. */
    void answered(String message, ToolsEnd end, long now) {
        Turn running = turn;
        if (running == null || !running.message().equals(message)) {
            return; // that turn is over
        }
        asking = false;
        running.toolsEnded();
        switch (end) {
            case ENDED -> {
                pace = FIRST_PACE;
                lookAt = now + pace;
            }
            case NOTHING -> {
                lookAt = now + pace;
                pace = Math.min(LAST_PACE, 2 * pace);
            }
            case BY_COMMAND -> done = true;
            case NOT_TOLD -> {
                done = true;
                means.press();
            }
        }
    }

    /** When {@link #due} has something to do. */
    long deadline() {
        return lookAt;
    }

    /** A deadline may have passed. */
    void due(long now) {
        if (now >= lookAt) {
            look();
        }
    }

    /** The turn is over. */
    void over() {
        turn = null;
        asking = false;
        done = false;
        pace = FIRST_PACE;
        lookAt = Turn.NEVER;
    }
}
