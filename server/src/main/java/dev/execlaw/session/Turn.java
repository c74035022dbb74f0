package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.TurnFinished;
import dev.execlaw.problem.Problem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One turn: decides when it is over from two witnesses, the gateway (an answer that asks for no tool) and the console
 * (the agent's prompt is back). Silence is no witness. Times are {@link System#nanoTime}. Belongs to the supervisor's
 * thread.
 */
final class Turn {

    static final long NEVER = Long.MAX_VALUE;

    /** How long an agent is silent at its prompt, where an answer may hold the same bytes and nobody else is asked. */
    private static final long ALONE_NANOS = 400_000_000;

    /** As the gateway calls those that work for the agent and run tools of their own meanwhile. */
    private static final String SUBAGENT = "subagent";

    private final String message;
    private final SessionTimings timings;
    private boolean called;
    private boolean calling;
    private boolean answered;
    private boolean stopping;
    private boolean toolsEnding;
    private boolean saidToStop;
    private boolean others;
    private boolean backWithoutCall;
    private boolean alone;
    private boolean back;
    private @Nullable Problem failure;
    private @Nullable String outOfBudget;
    private long deadline;

    Turn(String message, SessionTimings timings, long now) {
        this.message = message;
        this.timings = timings;
        this.deadline = now + timings.call().toNanos();
    }

    /** Id of the user's message. */
    String message() {
        return message;
    }

    /** No gateway is a witness: the prompt alone is, once nothing follows it for a moment. */
    void byPromptAlone() {
        alone = true;
        callStarted();
    }

    /** The agent wrote on: what was taken for its prompt was none. */
    void wrote() {
        if (alone && back) {
            back = false;
            deadline = NEVER;
        }
    }

    void callStarted() {
        called = true;
        calling = true;
        answered = false;
        saidToStop = false;
        failure = null;
        deadline = NEVER;
    }

    void callFinished(boolean last, long now) {
        calling = false;
        answered = last;
        saidToStop = last && stopping;
        deadline = last ? now + timings.prompt().toNanos() : NEVER;
    }

    void callFailed(Problem problem, long now) {
        called = true;
        calling = false;
        failure = problem;
        deadline = now + timings.prompt().toNanos();
    }

    /** The agent is at its prompt. Without a call it gets a little time for one: its request may still be on its way. */
    void prompted(long now) {
        if (alone && failure == null) {
            back = true;
            deadline = now + ALONE_NANOS;
            return;
        }
        if (!called && !stopping && !backWithoutCall) {
            backWithoutCall = true;
            deadline = now + timings.prompt().toNanos();
        }
    }

    /** The user wants it to end. */
    void stop(long now) {
        stopping = true;
        deadline = now + timings.stop().toNanos();
    }

    /** The gateway or the agent tells something of it. */
    void told(EventPayload payload) {
        if (payload instanceof EventPayload.BudgetReached why && !stopping) {
            outOfBudget = why.text(); // the agent was told so; unless the user was faster
        }
        others |= payload instanceof EventPayload.SideCall side && side.kind().equals(SUBAGENT);
    }

    /**
     * Whether the agent may be running a tool, or be about to: not while it waits for its model, as long as there is only
     * one that waits.
     */
    boolean mayRunTool() {
        if (alone) {
            return !back;
        }
        return others || (called && !calling && !saidToStop && failure == null);
    }

    /** The guest ends the agent's tools. The turn lasts until it has: the tools of the next turn must not meet that. */
    void toolsEnding() {
        toolsEnding = true;
    }

    /** The guest is done with that. */
    void toolsEnded() {
        toolsEnding = false;
    }

    boolean stopping() {
        return stopping;
    }

    /** When {@link #overdue} has something to say. */
    long deadline() {
        return deadline;
    }

    /** How the turn ended, once the agent is at its prompt again and no call runs. */
    Optional<TurnFinished> atPrompt() {
        if (calling || toolsEnding) {
            return Optional.empty();
        }
        if (outOfBudget != null) {
            return Optional.of(new TurnFinished("budget", outOfBudget));
        }
        if (stopping) {
            return Optional.of(new TurnFinished("stopped", "The user stopped it."));
        }
        if (failure != null) {
            return Optional.of(new TurnFinished("failed", failure.detail()));
        }
        return answered ? Optional.of(new TurnFinished("completed", "")) : Optional.empty();
    }

    /** How the turn ended, when the deadline has passed; empty while a tool that will not be stopped still runs. */
    Optional<TurnFinished> overdue() {
        deadline = NEVER;
        if (back) {
            calling = false;
            answered = true;
            return atPrompt();
        }
        if (stopping) {
            return Optional.empty();
        }
        if (outOfBudget != null) {
            return Optional.of(new TurnFinished("budget", outOfBudget));
        }
        if (failure != null) {
            return Optional.of(new TurnFinished("failed", failure.detail()));
        }
        if (!called) {
            return Optional.of(new TurnFinished(
                    "failed",
                    "The agent did not ask its model within " + timings.call().toSeconds()
                            + " s of getting the message."));
        }
        return Optional.of(new TurnFinished(
                "completed",
                "The agent's prompt was not seen within " + timings.prompt().toSeconds() + " s of its answer."));
    }
}
