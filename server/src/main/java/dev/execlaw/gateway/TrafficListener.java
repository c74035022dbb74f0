package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import dev.execlaw.problem.Problem;

/**
 * What the gateway saw of one session's model traffic, in order. Called on gateway threads, one call at a time for one
 * session; implementations hand over and return at once.
 */
public interface TrafficListener {

    /** A model call of the user's turn has begun. {@code message} is the id of the newest message it refers to. */
    void callStarted(String message);

    /** A delta, tool call, tool result or usage, ready for the log. */
    void event(EventPayload payload);

    /**
     * The whole of a tool's output of which the event to come tells only the beginning. Called on the thread of a call,
     * several at once, and may write to a disk; what fails is its own affair.
     *
     * @param call id of the tool call
     */
    default void keep(String call, String output) {}

    /**
     * A model call has ended well.
     *
     * @param last true when the answer asks for no tool: the agent's turn ends with it
     */
    void callFinished(boolean last);

    /** A model call failed; the agent was told so in its own protocol. */
    void callFailed(Problem problem);
}
