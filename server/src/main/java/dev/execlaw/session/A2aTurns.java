package dev.execlaw.session;

import dev.execlaw.agent.ConsoleSignal;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.store.MessageRow;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The turns of an agent that is given its messages by A2A. To the conversation the end of one is as the agent's prompt on
 * its console, which itself is none meanwhile. Belongs to the supervisor's thread.
 */
final class A2aTurns {

    /** Less than an agent has to show its prompt. */
    private static final Duration SETTLE = Duration.ofSeconds(20);

    private final String command;
    private final int run;
    private final Supplier<GuestShell> shell;
    private final Consumer<Mail> mail;
    private final Duration patience;
    private @Nullable A2aSpeech speech;
    private boolean calling;
    private boolean failed;
    private boolean cancelled;
    private boolean settling;

    /**
     * No turn yet.
     *
     * @param command asks the agent's endpoint
     * @param patience for that to listen
     */
    A2aTurns(String command, int run, Supplier<GuestShell> shell, Consumer<Mail> mail, Duration patience) {
        this.command = command;
        this.run = run;
        this.shell = shell;
        this.mail = mail;
        this.patience = patience;
    }

    void begin(MessageRow message) {
        failed = false;
        cancelled = false;
        made(patience).begin(message.id(), message.token());
    }

    private A2aSpeech made(Duration listens) {
        A2aSpeech made =
                new A2aSpeech(shell, command, listens, (voice, news) -> mail.accept(new Mail.Spoken(run, voice, news)));
        speech = made;
        return made;
    }

    /**
     * Whether the conversation need not hear this, since more is known here.
     *
     * @param taken whether a server that comes back takes up the agent
     */
    boolean overhears(Mail.Talk talk, boolean taken) {
        return switch (talk) {
            case Mail.Console(int _, ConsoleSignal signal) ->
                speech != null
                        && (signal instanceof ConsoleSignal.AgentPrompt || signal instanceof ConsoleSignal.AgentOutput);
            case Mail.CallStarted _ -> {
                calling = true;
                failed = false;
                yield false;
            }
            case Mail.CallFinished(int _, boolean last) -> {
                calling = false;
                if (speech == null && !last) {
                    finished(); // the agent had ended the turn before
                }
                yield false;
            }
            case Mail.CallFailed _ -> {
                calling = false;
                failed = true;
                yield false;
            }
            case Mail.CaughtUp(int _, Watch.Seen seen) when taken && seen.command() && !seen.suspended() -> settle();
            case Mail.CaughtUp _,
                    Mail.Traffic _,
                    Mail.Printed _,
                    Mail.Noted _,
                    Mail.ToolInterrupted _,
                    Mail.Dressed _,
                    Mail.Spoken _ -> false;
        };
    }

    /**
     * Its prompt says nothing of what it still does: the agent is taken for busy until it says that it is not.
     *
     * @return whether that was begun
     */
    private boolean settle() {
        if (settling) {
            return false;
        }
        settling = true;
        mail.accept(new Mail.CaughtUp(run, new Watch.Seen(false, true, false, false)));
        made(patience.compareTo(SETTLE) < 0 ? patience : SETTLE).settle();
        return true;
    }

    /** The agent is done with the turn, or is not to be reached. */
    void hear(Mail.Spoken told) {
        if (told.voice() != speech) {
            return;
        }
        speech = null;
        if (settling) {
            settling = false;
        } else {
            end(told.news());
        }
        mail.accept(new Mail.Console(run, new ConsoleSignal.AgentPrompt()));
    }

    /** What comes of a running call is still to be told; then that ends the turn. */
    private void end(Voice.News news) {
        if (news instanceof Voice.News.Broken(var problem)) {
            fail(problem);
        } else if (news instanceof Voice.News.Ended(String state)
                && !(state.equals("completed") || (cancelled && state.equals("canceled")))) {
            fail(new Problem(ErrorCode.AGENT_EXIT, "the agent ended the turn as " + state, "send the message again"));
        } else if (!calling) {
            finished();
        }
    }

    /** Where a call of the model has failed, that is why, and was told. */
    private void fail(Problem problem) {
        if (!failed) {
            mail.accept(new Mail.CallFailed(run, problem));
        }
    }

    private void finished() {
        mail.accept(new Mail.CallFinished(run, true));
    }

    /** Asks the agent to end the turn. */
    void cancel() {
        A2aSpeech running = speech;
        if (running != null) {
            cancelled = true;
            running.cancel();
        }
    }

    /** The turn is over, or nobody listens any more. */
    void over() {
        A2aSpeech last = speech;
        speech = null;
        if (last != null) {
            last.end();
        }
    }
}
