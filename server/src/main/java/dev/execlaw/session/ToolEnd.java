package dev.execlaw.session;

import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.microvm.wake.UnknownOrderException;
import dev.execlaw.microvm.wake.WakeException;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.Mail.ToolsEnd;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the guest end what its agent runs, and not the agent: by its wake-up port, where a program waits for that; or else,
 * in images that are older or have no such program, by a command, which takes seconds. Asked on the supervisor's thread;
 * the work is done on a thread of its own and answers by mail.
 */
final class ToolEnd {

    private static final Logger LOG = LoggerFactory.getLogger(ToolEnd.class);

    /** Time for tools to end by themselves, until SIGKILL. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** Until nobody is taken to listen at the port. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** After so many failures in a row the port of this run is left alone: each may have cost all of the time. */
    private static final int TRIES = 2;

    private static final String COMMAND = "/usr/local/lib/execlaw/interrupt-tool";
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(20);

    private final WayIn wayIn;
    private final String program;
    private final int run;
    private final Consumer<Mail> mail;
    private final AtomicInteger failures = new AtomicInteger();

    /** @param program the agent's */
    ToolEnd(WayIn wayIn, String program, int run, Consumer<Mail> mail) {
        this.wayIn = wayIn;
        this.program = program;
        this.run = run;
        this.mail = mail;
    }

    /** Begins it, for the turn of this message. The answer is a {@link Mail.ToolInterrupted}, whatever comes of it. */
    void begin(String turn) {
        Optional<GuestShell> shell = wayIn.known();
        Thread.ofVirtual().name("interrupt").start(() -> mail.accept(new Mail.ToolInterrupted(run, turn, end(shell))));
    }

    private ToolsEnd end(Optional<GuestShell> shell) {
        try {
            if (failures.get() < TRIES) {
                Optional<ToolsEnd> done = byPort();
                if (done.isPresent()) {
                    return done.get();
                }
            }
            return shell.filter(this::byCommand).isPresent() ? ToolsEnd.BY_COMMAND : ToolsEnd.NOT_TOLD;
        } catch (ProblemException e) {
            LOG.info(
                    "the tools of {} could not be ended: {}",
                    program,
                    e.problem().detail());
        } catch (RuntimeException e) {
            LOG.error("the tools of {} could not be ended", program, e); // the turn waits for an answer, whatever it is
        }
        return ToolsEnd.NOT_TOLD;
    }

    private Optional<ToolsEnd> byPort() {
        long began = System.nanoTime();
        try {
            int count = wayIn.interrupt(program, PATIENCE, LIMIT);
            failures.set(0);
            LOG.debug(
                    "{} processes of {} ended within {} ms",
                    count,
                    program,
                    Duration.ofNanos(System.nanoTime() - began).toMillis());
            return Optional.of(count == 0 ? ToolsEnd.NOTHING : ToolsEnd.ENDED);
        } catch (UnknownOrderException e) {
            failures.set(TRIES);
            LOG.info("tools are ended by a command, which takes longer: {}", e.getMessage());
        } catch (WakeException e) {
            failures.incrementAndGet();
            LOG.info("the tools of {} could not be ended by the wake-up port: {}", program, e.getMessage());
        }
        return Optional.empty();
    }

    private boolean byCommand(GuestShell shell) {
        String command = COMMAND + " " + program;
        try {
            Said said = new Said();
            ExecResult result = shell.run(ExecCommand.of(command, COMMAND_LIMIT, 4096), said);
            if (Said.well(result)) {
                return true;
            }
            LOG.info("{} ended with {}: {}", command, result, said.err());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
