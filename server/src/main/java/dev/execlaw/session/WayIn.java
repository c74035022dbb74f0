package dev.execlaw.session;

import dev.execlaw.exec.Door;
import dev.execlaw.exec.GuestKey;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.exec.HostKey;
import dev.execlaw.exec.Stay;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.microvm.wake.WakeException;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The way into one run's machine for commands beside the agent. Belongs to the supervisor's thread. */
final class WayIn implements AutoCloseable {

    private static final int SSH = 22;

    private final SessionParts parts;
    private final String session;
    private final @Nullable GuestKey key;
    private final Machine machine;
    private final Doze doze;
    private @Nullable GuestShell shell;

    /**
     * A way that connects when it is first used.
     *
     * @param hostKey what the guest told at its birth, if it did
     */
    WayIn(
            SessionParts parts,
            String session,
            @Nullable GuestKey key,
            Machine machine,
            Doze doze,
            Optional<String> hostKey) {
        this.parts = parts;
        this.session = session;
        this.key = key;
        this.machine = machine;
        this.doze = doze;
        hostKey.map(HostKey::parse).ifPresent(this::open);
    }

    /** Tells the guest what it must know; it runs. */
    void wake(Wake wake, Duration limit) throws WakeException {
        parts.waker().wake(machine, wake, limit);
    }

    /**
     * Has the guest end what its agent runs, by its wake-up port; one that rests is woken first. Any thread.
     *
     * @return how many processes were ended
     * @throws WakeException when it could not be told, or could not do it
     * @throws ProblemException when it does not wake
     */
    int interrupt(String agent, Duration patience, Duration limit) throws WakeException {
        try (Stay _ = doze.stay()) { // one that is told the time has its port in use
            return parts.waker().interrupt(machine, agent, patience, limit);
        }
    }

    /** Whether nothing but the guest's host key is missing. */
    boolean lacksHostKey() {
        return key != null && shell == null;
    }

    /** The guest has told its host key. */
    void open(HostKey hostKey) {
        GuestKey ours = key;
        if (ours != null) {
            shell = parts.guests().shell(session, new Door(ours, hostKey, () -> machine.reach(SSH), doze::stay));
        }
    }

    /** The way in; empty where it is not known to be one. */
    Optional<GuestShell> known() {
        return Optional.ofNullable(shell);
    }

    /** The way in, or why there is none. */
    GuestShell shell() {
        return known().orElseThrow(() -> new ProblemException(
                ErrorCode.EXEC_UNAVAILABLE,
                key == null
                        ? "session " + session + " has no key to its machine: an older build made it"
                        : "the machine of session " + session
                                + " has not told its SSH host key: its image has no sshd, or is older than this server",
                key == null
                        ? "create a new session"
                        : "build the image again (execlaw image build debian) and create a new session"));
    }

    @Override
    public void close() {
        known().ifPresent(GuestShell::close);
    }
}
