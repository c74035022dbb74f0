package dev.execlaw.session;

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

    private final String message;
    private final SessionTimings timings;
    private boolean called;
    private boolean calling;
    private boolean answered;
    private boolean stopping;
    private boolean toolEnding;
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
        failure = null;
        deadline = NEVER;
    }

    void callFinished(boolean last, long now) {
        calling = false;
        answered = last;
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

    /**
     * The user wants it to end.
     *
     * @param byGuest whether the guest has begun to end the agent's tool: the turn lasts until {@link #toolEnded}, since the
     *     tool of the next turn must not meet that
     */
    void stop(long now, boolean byGuest) {
        stopping = true;
        toolEnding = byGuest;
        deadline = now + timings.stop().toNanos();
    }

    /** A budget is used up, in these words, and the agent was told so; unless the user was faster. */
    void outOfBudget(String detail) {
        if (!stopping) {
            outOfBudget = detail;
        }
    }

    /** The guest is done with ending the agent's tool. */
    void toolEnded() {
        toolEnding = false;
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
        if (calling || toolEnding) {
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
