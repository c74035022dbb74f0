package dev.execlaw.microvm.wake;

import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.time.Duration;

/** Speaks to the one program in a guest that listens at its wake-up port. Any thread may use it. */
@SuppressWarnings("DoNotCallSuggester")
public final class WakePort {

    private final Machine machine;

    /** The port of a machine; nothing is sent yet. */
    public WakePort(Machine machine) {
        this.machine = machine;
    }

    /**
     * Tells the guest, and returns when it has done all of it. One round trip.
     *
     * @throws WakeException when it could not be told, answered that it could not do it, or did not answer in time
     */
    public void wake(Wake wake, Duration deadline) throws WakeException {
        throw new WakeException(
                "machine " + machine.spec().name() + " has no wake-up port yet: " + wake + " " + deadline);
    }

    /**
     * Has the guest make itself ready to be saved as a template: file systems written out, what it will need read into
     * memory, processors idle. Returns when it is.
     */
    public void settle(Duration deadline) throws WakeException {
        tell("settle", deadline);
    }

    private void tell(String what, Duration deadline) throws WakeException {
        try (ByteChannel channel = machine.wakePort(deadline)) {
            if (channel.isOpen()) {
                throw new WakeException("nobody speaks at " + channel + " yet: " + what);
            }
        } catch (IOException | MachineException e) {
            throw new WakeException(machine.spec().name() + ": " + e.getMessage(), e);
        }
    }
}
