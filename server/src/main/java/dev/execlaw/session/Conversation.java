package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.agent.ConsoleSignal;
import dev.execlaw.event.EventPayload;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.store.MessageRow;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One run's agent: its start on the console, its turns, its end and its second start. Made when the machine runs, dropped
 * with it. Belongs to the supervisor's thread.
 */
final class Conversation {

    private static final int TAIL = 2000;

    private final SessionParts parts;
    private final Chronicle chronicle;
    private final AgentAdapter agent;
    private final Console console;
    private final Inside inside;
    private final Speaker speaker;
    private final Interruption interruption;
    private final Idle idle;
    private @Nullable Turn turn;
    private @Nullable Examination examination;
    private Awaited awaited = Awaited.NOTHING;
    private long deadline = Turn.NEVER;
    private boolean agentPrompt;
    private boolean shellPrompt;
    private boolean resumesTurn;
    private final Restarts restarts;

    Conversation(
            SessionParts parts, Chronicle chronicle, AgentAdapter agent, Console console, Inside inside, Idle idle) {
        this.parts = parts;
        this.chronicle = chronicle;
        this.agent = agent;
        this.console = console;
        this.inside = inside;
        this.speaker = inside.speaker(parts.timings().boot(), parts.outputs(chronicle.id()));
        this.interruption =
                new Interruption(new Stopping(parts.gateway(), chronicle, agent, inside, speaker, this::write));
        this.idle = idle;
        this.restarts = new Restarts(parts.timings().again());
    }

    /** The guest is on its way. */
    void awaitShell() {
        await(Awaited.SHELL, parts.timings().boot());
    }

    /** The agent was released and is about to show itself. */
    void awaitAgent() {
        await(Awaited.AGENT, parts.timings().agent());
    }

    /** When {@link #due} has something to do. */
    long deadline() {
        Turn running = turn;
        Examination look = examination;
        long limit = chronicle.spending().timeUp();
        long first = Math.min(deadline, running == null ? Turn.NEVER : Math.min(limit, running.deadline()));
        first = Math.min(first, interruption.deadline());
        return Math.min(first, look == null ? Turn.NEVER : look.deadline());
    }

    /**
     * A deadline has passed.
     *
     * @return why the machine must end, if it must
     */
    Optional<Problem> due(long now) {
        Turn running = turn;
        if (running != null) {
            chronicle.spending().timeReached().ifPresent(why -> {
                traffic(why);
                interrupt();
            });
        }
        interruption.due(now);
        if (running != null && running == turn && now >= running.deadline()) {
            running.overdue().ifPresentOrElse(this::finishAndGoOn, () -> chronicle.event(Notices.TOOL_GOES_ON));
        }
        Examination look = examination;
        if (look != null && now >= look.deadline()) {
            go(look, look.overdue(), 0);
        }
        if (now < deadline) {
            return Optional.empty();
        }
        Awaited missing = awaited;
        await(Awaited.NOTHING, Duration.ZERO);
        return switch (missing) {
            case NOTHING -> Optional.empty();
            case PAUSE -> {
                await(Awaited.SHELL, parts.timings().boot());
                if (shellPrompt) {
                    atShell();
                }
                yield Optional.empty();
            }
            case SHELL ->
                Optional.of(Problems.bootTimeout(
                        parts.timings().boot().toSeconds(), "shell prompt of the guest", console.tail(TAIL)));
            case HOST_KEY -> {
                inside.noHostKey();
                await(Awaited.SHELL, parts.timings().boot());
                write(new byte[] {0x03});
                yield Optional.empty();
            }
            case FILES -> Optional.empty(); // the guest's answer has a deadline of its own
            case AGENT -> {
                lose(Problems.noAgent(parts.timings().agent().toSeconds(), console.tail(TAIL)));
                yield Optional.empty();
            }
        };
    }

    private void await(Awaited what, Duration time) {
        awaited = what;
        deadline = what == Awaited.NOTHING ? Turn.NEVER : System.nanoTime() + time.toNanos();
    }

    /** Console and gateway tell something. */
    void hear(Mail.Talk talk) {
        if (speaker.overhears(talk)) {
            chronicle.active();
            return;
        }
        switch (talk) {
            case Mail.Spoken told -> speaker.hear(told, turn).ifPresent(this::finishAndGoOn);
            case Mail.CaughtUp(int _, Watch.Seen seen) -> caughtUp(seen);
            case Mail.Console(int _, ConsoleSignal signal) -> signal(signal);
            case Mail.CallStarted _ -> {
                chronicle.active();
                Optional.ofNullable(turn).ifPresent(Turn::callStarted);
            }
            case Mail.Traffic(int _, EventPayload payload) -> traffic(payload);
            case Mail.CallFinished(int _, boolean last) -> callFinished(last);
            case Mail.CallFailed(int _, Problem problem) -> callFailed(problem);
            case Mail.ToolInterrupted(int _, String message, Mail.ToolsEnd end) -> {
                interruption.answered(message, end, System.nanoTime());
                finishIfOver();
            }
            case Mail.Printed _ -> {}
            case Mail.Dressed(int _, Optional<Problem> failure) -> {
                failure.ifPresent(problem -> chronicle.event(new EventPayload.Failure(problem)));
                startAgent();
            }
        }
    }

    /** The console of an adopted machine has been read again: finds out where its agent stands. */
    private void caughtUp(Watch.Seen seen) {
        if (!(chronicle.state() instanceof SessionState.Recovering)) {
            return;
        }
        if (seen.agentPrompt()) {
            agentReady();
        } else if (seen.suspended()) {
            examination = Examination.returning(agent, console, parts.timings().examine(), seen.shellPrompt());
        } else if (seen.command()) {
            // Its model call died with the last server; whatever it asks now is answered with an end of the turn.
            parts.gateway().interrupt(chronicle.id());
            agent.interrupt().ifPresent(this::write);
            await(Awaited.AGENT, parts.timings().agent());
        } else if (seen.shellPrompt()) {
            shellPrompt = true;
            atShell();
        } else {
            awaitShell();
        }
    }

    private void signal(ConsoleSignal signal) {
        if (signal instanceof ConsoleSignal.ShellPrompt) {
            shellPrompt = true;
        } else if (signal instanceof ConsoleSignal.CommandStarted) {
            shellPrompt = false;
        }
        Examination look = examination;
        if (look != null) {
            int status = signal instanceof ConsoleSignal.CommandEnded(int ended) ? ended : 0;
            go(look, look.hear(signal), status);
            return;
        }
        switch (signal) {
            case ConsoleSignal.Alive _, ConsoleSignal.CommandStarted _ -> {}
            case ConsoleSignal.Banner(Optional<String> version) ->
                version.ifPresent(
                        told -> parts.versions().told(chronicle.settings().image(), told));
            case ConsoleSignal.InitStarted _ -> chronicle.bootStep("kernel", "");
            case ConsoleSignal.ShellPrompt _ -> {
                if (resumesTurn) {
                    resumesTurn = false;
                    write(agent.resume());
                } else if (awaited == Awaited.SHELL) {
                    chronicle.bootStep("kernel", "its hand-over to init was not seen");
                    atShell();
                } else if (awaited == Awaited.HOST_KEY && !inside.asking()) {
                    guestReady();
                }
            }
            case ConsoleSignal.CommandEnded(int status) -> {
                if (awaited == Awaited.HOST_KEY) {
                    inside.hostKeyTold(status);
                } else {
                    agentEnded(status);
                }
            }
            case ConsoleSignal.AgentSuspended _ -> suspendedByHand();
            case ConsoleSignal.AgentPrompt _ -> {
                agentPrompt = true;
                if (awaited == Awaited.AGENT) {
                    agentReady();
                } else {
                    finishIfOver();
                }
            }
            case ConsoleSignal.AgentOutput _ -> {
                agentPrompt = false;
                Optional.ofNullable(turn).ifPresent(Turn::wrote);
            }
        }
    }

    /**
     * Looks at the machine from inside, the agent being at its prompt.
     *
     * @param atConsole only by the console; else beside the agent, where there is a way
     */
    void examine(boolean atConsole, CompletableFuture<Checkup> reply) {
        String command = Examination.command(chronicle, parts.clock().instant(), agent.program());
        if (!atConsole && inside.examine(command, parts.timings().examine(), reply)) {
            return;
        }
        chronicle.become(new SessionState.Examining());
        examination = Examination.begin(agent, console, parts.timings().examine(), command, reply);
    }

    private void go(Examination look, Examination.Standing standing, int status) {
        switch (standing) {
            case UNDER_WAY -> {}
            case BACK -> {
                examination = null;
                agentReady();
                look.answer();
            }
            case GONE -> {
                examination = null;
                agentEnded(status);
                look.answerGone(
                        "the agent exited with status " + status + " after it was suspended",
                        "it is started again; it has forgotten the conversation");
            }
            case LOST -> {
                examination = null;
                lose(look.lost());
                look.answerGone(look.lost().detail(), look.lost().next());
            }
        }
    }

    /** Somebody at the console suspended the agent. A turn goes on where it was; an idle agent is watched to come back. */
    private void suspendedByHand() {
        if (chronicle.state() instanceof SessionState.AgentLost) {
            return;
        }
        chronicle.event(Notices.SUSPENDED);
        if (turn == null) {
            examination = Examination.returning(agent, console, parts.timings().examine(), false);
            if (chronicle.state() instanceof SessionState.Ready || chronicle.state() instanceof SessionState.Saving) {
                chronicle.become(new SessionState.Recovering());
            }
        } else {
            resumesTurn = true;
        }
    }

    /** The shell waits: first the guest is asked what must be known of it, then the agent is started. */
    private void atShell() {
        if (inside.askHostKey(console)) {
            await(Awaited.HOST_KEY, parts.timings().examine());
        } else {
            guestReady();
        }
    }

    private void guestReady() {
        chronicle.bootStep("guest", inside.remark());
        if (inside.dress()) {
            await(Awaited.FILES, parts.timings().wake());
        } else {
            startAgent();
        }
    }

    /** Types the agent's start at the shell's prompt. */
    private void startAgent() {
        agentPrompt = false;
        await(Awaited.AGENT, parts.timings().agent());
        write(agent.start());
    }

    /** The agent waits at its prompt: it came there, or did so when its machine was saved. */
    void agentReady() {
        await(Awaited.NOTHING, Duration.ZERO);
        agentPrompt = true;
        chronicle.agentReady(agent.name());
        chronicle.become(new SessionState.Ready());
        idle.ready(false);
        next();
    }

    /** The agent, or what runs in its place on the console, has ended. */
    private void agentEnded(int status) {
        if (awaited.withoutAgent() || chronicle.state() instanceof SessionState.AgentLost) {
            return; // a command of the guest's own start, or of a person at the console
        }
        boolean starting = awaited == Awaited.AGENT;
        finish(new EventPayload.TurnFinished("agent_exited", "The agent exited with status " + status + "."));
        Optional<Duration> pause = restarts.ended();
        if (pause.isEmpty()) {
            lose(Problems.agentExit(starting, status, restarts.count(), console.tail(TAIL)));
            return;
        }
        chronicle.event(Notices.startedAgain(status, pause.get()));
        if (!(chronicle.state() instanceof SessionState.Booting
                || chronicle.state() instanceof SessionState.Recovering)) {
            chronicle.become(new SessionState.Recovering());
        }
        boolean now = pause.get().isZero();
        await(now ? Awaited.SHELL : Awaited.PAUSE, now ? parts.timings().boot() : pause.get());
    }

    private void lose(Problem reason) {
        await(Awaited.NOTHING, Duration.ZERO);
        finish(new EventPayload.TurnFinished("agent_exited", reason.detail()));
        chronicle.event(new EventPayload.Failure(reason));
        chronicle.become(new SessionState.AgentLost(reason));
    }

    /** The user starts a lost agent again. */
    void restartAgent() {
        restarts.over();
        chronicle.become(new SessionState.Recovering());
        if (shellPrompt) {
            startAgent();
        } else {
            // Something still holds the console: interrupt it, then end its input, and wait for the shell.
            await(Awaited.SHELL, parts.timings().agent());
            write(new byte[] {0x03, 0x04});
        }
    }

    /** A message was added to the queue. Returns the one that runs now, if one began. */
    Optional<String> next() {
        if (!(chronicle.state() instanceof SessionState.Ready)) {
            return Optional.empty();
        }
        Optional<MessageRow> message = chronicle.queue().next();
        message.ifPresent(this::begin);
        return message.map(MessageRow::id);
    }

    private void begin(MessageRow message) {
        Turn begun = new Turn(message.id(), parts.timings(), System.nanoTime());
        turn = begun;
        agentPrompt = false;
        chronicle.active();
        parts.gateway().resume(chronicle.id());
        chronicle.turnStarted(message.id());
        chronicle.become(new SessionState.Busy());
        if (!speaker.begin(message, begun, console)) {
            write(agent.message(message.token()));
        }
    }

    private void traffic(EventPayload payload) {
        chronicle.active();
        chronicle.traffic(payload);
        Optional.ofNullable(turn).ifPresent(running -> running.told(payload));
    }

    private void callFinished(boolean last) {
        if (turn != null) {
            turn.callFinished(last, System.nanoTime());
            interruption.look();
            finishIfOver();
        }
    }

    private void callFailed(Problem problem) {
        chronicle.event(new EventPayload.Failure(problem));
        if (turn != null) {
            turn.callFailed(problem, System.nanoTime());
            finishIfOver();
        }
    }

    /** Ends the running turn as far as this agent lets itself be interrupted. */
    void interrupt() {
        Turn running = turn;
        if (running != null) {
            interruption.stop(running, System.nanoTime());
            finishIfOver();
        }
    }

    private void finishIfOver() {
        if (turn != null && agentPrompt) {
            turn.prompted(System.nanoTime());
            turn.atPrompt().ifPresent(this::finishAndGoOn);
        }
    }

    private void finishAndGoOn(EventPayload.TurnFinished end) {
        finish(end);
        chronicle.become(new SessionState.Ready());
        restarts.over();
        idle.ready(true);
        next();
    }

    /** Ends the running turn, if there is one, without a next. */
    void finish(EventPayload.TurnFinished end) {
        Turn running = turn;
        if (running != null) {
            turn = null;
            interruption.over();
            speaker.over();
            chronicle.active();
            chronicle.turnFinished(running.message(), end);
        }
    }

    /** The machine is about to end: nothing that runs in it goes on. */
    void machineEnds(String why) {
        finish(new EventPayload.TurnFinished("machine_ended", "The machine ended: " + why + "."));
        abandon(Problems.stopped("the machine ended while it was looked at: " + why));
    }

    /** The server ends and the machine runs on. */
    void letGo() {
        abandon(new Problem(ErrorCode.SHUTTING_DOWN, "the server is shutting down", "try again later"));
    }

    /** What the server itself runs in the guest. */
    Inside inside() {
        return inside;
    }

    /** How an agent that does not read its console is spoken to. */
    Speaker speaker() {
        return speaker;
    }

    private void abandon(Problem why) {
        speaker.over();
        inside.close();
        Examination look = examination;
        if (look != null) {
            examination = null;
            look.abandon(why);
        }
    }

    /** What to type so that the guest powers itself off; empty where nobody would read it. */
    Optional<byte[]> farewell() {
        return Ending.farewell(chronicle.state(), agent, turn != null, Optional.ofNullable(examination));
    }

    private void write(byte[] bytes) {
        try {
            console.write(bytes);
        } catch (IOException e) {
            // The turn's or the start's own deadline tells the user; here is only the cause.
            chronicle.event(new EventPayload.Notice("The guest does not take input on its console: " + e.getMessage()));
        }
    }
}
