package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a run, on a thread of its own: calls off what still starts, ends the machine, closes the gateway, gives
 * back memory, and sweeps the ledger. Tells when nothing is left, or what is.
 */
final class Ending {

    private static final Logger LOG = LoggerFactory.getLogger(Ending.class);
    private static final Duration CALL_OFF = Duration.ofSeconds(60);

    private final SessionParts parts;
    private final String id;
    private final Optional<Work> work;
    private final Optional<Machine> running;
    private final Optional<byte[]> farewell;
    private final boolean everything;

    /**
     * An ending that is not begun.
     *
     * @param work the start that may still run
     * @param running the machine, once its start was over
     * @param farewell what makes the guest power itself off, typed at its console
     * @param everything also the disk, the console log and the network slot
     */
    Ending(
            SessionParts parts,
            String id,
            Optional<Work> work,
            Optional<Machine> running,
            Optional<byte[]> farewell,
            boolean everything) {
        this.parts = parts;
        this.id = id;
        this.work = work;
        this.running = running;
        this.farewell = farewell;
        this.everything = everything;
    }

    void begin(int run, Consumer<Mail> mail) {
        Thread.ofVirtual().name("ending-" + id).start(() -> mail.accept(new Mail.Ended(run, end())));
    }

    private Optional<Problem> end() {
        try {
            if (work.isPresent() && !work.get().callOff(CALL_OFF)) {
                throw new IOException("the start of session " + id + " does not let itself be called off within "
                        + CALL_OFF.toSeconds() + " s");
            }
            running.ifPresent(this::powerOff);
            running.or(() -> work.flatMap(Work::machine)).ifPresent(Machine::close);
            parts.gateway().close(id);
            if (everything) {
                parts.host().sweep().everything(id);
            } else {
                parts.host().sweep().machine(id);
            }
            parts.host().capacity().release(id);
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            LOG.error("session {} left something on the host", id, e);
            return Optional.of(new Problem(
                    ErrorCode.INTERNAL,
                    "not all of the machine could be removed: " + e.getMessage(),
                    "delete the session again; what is left is in the ledger and not forgotten"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(new Problem(ErrorCode.INTERNAL, "the end of the machine was interrupted", "try again"));
        }
    }

    private void powerOff(Machine machine) {
        if (everything) {
            machine.shutdown(Duration.ZERO); // nobody will miss what its file system has not written yet
            return;
        }
        if (farewell.isPresent()) {
            try {
                machine.console().write(farewell.get());
            } catch (IOException e) {
                LOG.info("the guest of session {} cannot be told to power off: {}", id, e.getMessage());
            }
        }
        machine.shutdown(parts.timings().grace());
    }

    /**
     * What to type so that a guest powers itself off; empty where nobody would read it.
     *
     * @param working whether a turn runs
     */
    static Optional<byte[]> farewell(
            SessionState state, AgentAdapter agent, boolean working, Optional<Examination> examination) {
        if (state instanceof SessionState.Examining && examination.isPresent()) {
            return Optional.of(agent.powerOff(!examination.get().agentInFront()));
        }
        return state instanceof SessionState.Ready
                        || state instanceof SessionState.Saving
                        || state instanceof SessionState.Busy
                ? Optional.of(agent.powerOff(working))
                : Optional.empty();
    }
}
