package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.agent.ConsoleSignal;
import dev.execlaw.gateway.Gateway;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One look inside: suspends the agent as a person at its terminal would, runs the guest's checks at the shell's prompt,
 * and has the agent go on. Every way leads back to the agent's prompt, or to the knowledge that there is none. Times are
 * {@link System#nanoTime}. Belongs to the supervisor's thread.
 */
final class Examination {

    /** Where the image has the checks. */
    static final String PROGRAM = "/usr/local/lib/execlaw/doctor";

    private static final int TAIL = 500;
    private static final String TRY_AGAIN = "look at the console, then try again";

    private final AgentAdapter agent;
    private final Console console;
    private final Duration limit;
    private final String command;
    private final @Nullable CompletableFuture<Checkup> reply;
    private Phase phase;
    private long deadline;
    private long from;
    private boolean suspended;
    private @Nullable Checkup found;
    private @Nullable Problem failure;

    private Examination(
            AgentAdapter agent,
            Console console,
            Duration limit,
            String command,
            @Nullable CompletableFuture<Checkup> reply,
            Phase phase) {
        this.agent = agent;
        this.console = console;
        this.limit = limit;
        this.command = command;
        this.reply = reply;
        this.phase = phase;
        this.deadline = in(limit);
    }

    private enum Phase {
        /** The agent was told to stop; the shell's prompt is awaited. */
        SUSPENDING,
        /** The checks run. */
        RUNNING,
        /** The shell's prompt is awaited to have the agent go on. */
        LEAVING,
        /** The agent was told to go on; its prompt is awaited. */
        RETURNING
    }

    /** How it stands after a step. */
    enum Standing {
        UNDER_WAY,
        /** The agent is at its prompt. */
        BACK,
        /** The agent has ended; the shell is at its prompt or about to be. */
        GONE,
        /** Nobody knows who has the console. */
        LOST
    }

    /** What is run in the guest: its program, told what to expect. */
    static String command(Chronicle chronicle, Instant now, String agent) {
        Place place = chronicle.place().orElseThrow();
        return String.join(
                " ",
                PROGRAM,
                place.slot().guest(),
                place.slot().gateway(),
                Integer.toString(Gateway.GUEST_PORT),
                Long.toString(now.getEpochSecond()),
                place.reach(chronicle.settings().network()),
                agent);
    }

    /**
     * Begins: suspends the agent.
     *
     * @param checks the guest's program with its arguments
     * @param reply completed by {@link #answer}, {@link #answerGone} or {@link #abandon}
     */
    static Examination begin(
            AgentAdapter agent, Console console, Duration limit, String checks, CompletableFuture<Checkup> reply) {
        String command = checks + " </dev/null\n";
        Examination examination = new Examination(agent, console, limit, command, reply, Phase.SUSPENDING);
        examination.type(agent.suspend());
        return examination;
    }

    /**
     * The way back alone, of an agent that was found suspended.
     *
     * @param shellPrompt whether the shell waits already
     */
    static Examination returning(AgentAdapter agent, Console console, Duration limit, boolean shellPrompt) {
        Examination examination = new Examination(agent, console, limit, "", null, Phase.LEAVING);
        if (shellPrompt) {
            examination.comeBack(agent.resume());
        }
        return examination;
    }

    /** When {@link #overdue} has something to do. */
    long deadline() {
        return deadline;
    }

    /** The console tells something. */
    Standing hear(ConsoleSignal signal) {
        return switch (signal) {
            case ConsoleSignal.Alive _,
                    ConsoleSignal.InitStarted _,
                    ConsoleSignal.Banner _,
                    ConsoleSignal.AgentOutput _ -> Standing.UNDER_WAY;
            case ConsoleSignal.AgentSuspended _ -> suspended();
            case ConsoleSignal.ShellPrompt _ -> shellPrompt();
            case ConsoleSignal.CommandStarted _ -> {
                if (phase == Phase.RETURNING) {
                    type(agent.nudge()); // it shows its prompt only after a line
                }
                yield Standing.UNDER_WAY;
            }
            case ConsoleSignal.CommandEnded(int status) -> commandEnded(status);
            case ConsoleSignal.AgentPrompt _ ->
                phase == Phase.RETURNING || phase == Phase.LEAVING ? Standing.BACK : Standing.UNDER_WAY;
        };
    }

    private Standing suspended() {
        suspended = true;
        if (phase != Phase.SUSPENDING) {
            fail("it was suspended at the console while it ran");
            leave(limit.dividedBy(3));
        }
        return Standing.UNDER_WAY;
    }

    private Standing shellPrompt() {
        switch (phase) {
            case SUSPENDING -> {
                if (suspended) {
                    phase = Phase.RUNNING;
                    from = console.end();
                    type(command);
                }
            }
            case RUNNING -> {}
            case RETURNING -> type(agent.resume()); // the nudge met the shell
            case LEAVING -> comeBack(agent.resume());
        }
        return Standing.UNDER_WAY;
    }

    private Standing commandEnded(int status) {
        return switch (phase) {
            case SUSPENDING, RETURNING -> Standing.GONE;
            case LEAVING -> Standing.UNDER_WAY;
            case RUNNING -> {
                report(status);
                leave(limit.dividedBy(3));
                yield Standing.UNDER_WAY;
            }
        };
    }

    private void report(int status) {
        try {
            CheckupReport report = CheckupReport.of(CommandOutput.read(console, from));
            found = report.whole().orElse(null);
            if (found == null && (status == 127 || status == 126)) {
                failure = new Problem(
                        ErrorCode.EXAMINATION_FAILED,
                        "this machine has no " + PROGRAM + ": its image is older than this server",
                        "build the image again and create a new session");
            } else if (found == null) {
                fail("it ended with status " + status + " and " + report.reach());
            }
        } catch (IOException e) {
            fail("its report cannot be read from the console: " + e.getMessage());
        }
    }

    /** The deadline has passed. */
    Standing overdue() {
        switch (phase) {
            case SUSPENDING -> {
                fail("the agent did not let itself be suspended within " + limit.toSeconds() + " s");
                if (!suspended) {
                    return Standing.BACK; // where it was before
                }
                leave(limit.dividedBy(3));
            }
            case RUNNING -> {
                fail("it did not end within " + limit.toSeconds() + " s, and " + soFar());
                leave(limit.dividedBy(3));
                type(new byte[] {0x03});
            }
            case LEAVING -> {
                fail("the shell's prompt did not come back");
                comeBack(agent.nudge());
            }
            case RETURNING -> {
                return Standing.LOST;
            }
        }
        return Standing.UNDER_WAY;
    }

    private String soFar() {
        try {
            return CheckupReport.of(CommandOutput.read(console, from)).reach();
        } catch (IOException e) {
            return "its report cannot be read from the console: " + e.getMessage();
        }
    }

    private void leave(Duration time) {
        phase = Phase.LEAVING;
        deadline = in(time);
    }

    private void comeBack(byte[] typed) {
        phase = Phase.RETURNING;
        deadline = in(limit.dividedBy(2));
        type(typed);
    }

    /** Why the agent counts as lost. */
    Problem lost() {
        return new Problem(
                ErrorCode.AGENT_EXIT,
                "the agent did not show its prompt within " + limit.dividedBy(2).toSeconds()
                        + " s after its machine was looked at; the console ended with: "
                        + console.tail(TAIL).strip(),
                "look at the console, then start the agent again with start");
    }

    /** Answers whoever asked: the agent is back. */
    void answer() {
        Checkup checkup = found;
        if (reply != null && checkup != null) {
            reply.complete(checkup);
        } else if (reply != null) {
            Problem why = failure == null ? problem("it ended without a report") : failure;
            reply.completeExceptionally(new ProblemException(why.code(), why.detail(), why.next()));
        }
    }

    /** Answers whoever asked: the agent is gone. What was found is told nevertheless. */
    void answerGone(String how, String next) {
        Checkup checkup = found;
        if (checkup != null) {
            found = checkup.with(new Checkup.Check("agent goes on", Checkup.Verdict.FAIL, how, next));
        } else {
            failure = new Problem(ErrorCode.EXAMINATION_FAILED, "the machine could not be examined: " + how, next);
        }
        answer();
    }

    /** Answers whoever asked: it was overtaken by the end of the machine or the server. */
    void abandon(Problem why) {
        found = null;
        failure = why;
        answer();
    }

    /** Whether the agent has the console, as far as is known. */
    boolean agentInFront() {
        return phase == Phase.RETURNING || (phase == Phase.SUSPENDING && !suspended);
    }

    private void fail(String what) {
        if (failure == null) {
            failure = problem(what);
        }
    }

    private Problem problem(String what) {
        return new Problem(
                ErrorCode.EXAMINATION_FAILED,
                "the examination by " + PROGRAM + " failed: " + what + "; the console ended with: "
                        + console.tail(TAIL).strip(),
                TRY_AGAIN);
    }

    private void type(String line) {
        type(line.getBytes(StandardCharsets.US_ASCII));
    }

    private void type(byte[] bytes) {
        try {
            console.write(bytes);
        } catch (IOException e) {
            fail("the guest does not take input on its console: " + e.getMessage());
        }
    }

    private static long in(Duration time) {
        return System.nanoTime() + time.toNanos();
    }
}
