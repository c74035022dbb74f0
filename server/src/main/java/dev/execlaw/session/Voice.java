package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.problem.Problem;

/** One turn with an agent that is spoken to, on a thread of its own. What is called here does not block. */
interface Voice {

    /** What it tells, in order. The last is that it ended or broke. */
    sealed interface News {

        record Shown(EventPayload payload) implements News {}

        record Asked(EventPayload.PermissionRequest request) implements News {}

        /** The agent has answered; the reason is the protocol's. */
        record Ended(String reason) implements News {}

        /** The agent answered with an error, or there is no line to it. */
        record Broken(Problem problem) implements News {}
    }

    /** Asks the agent to end the turn. */
    void cancel();

    /** Hands the agent the user's choice. */
    void choose(String request, String option);

    /** Nobody listens any more. */
    void end();
}
