package dev.execlaw.session;

import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.microvm.wake.WakeException;
import dev.execlaw.microvm.wake.WakePort;
import java.time.Duration;

/** Tells a machine's guest what it must know when it wakes. Any thread may use it. */
@FunctionalInterface
public interface Waker {

    /** By the guest's wake-up port. */
    Waker BY_PORT = (machine, wake, limit) -> new WakePort(machine).wake(wake, limit);

    /**
     * Tells it, and returns when the guest has done it.
     *
     * @throws WakeException when it has not
     */
    void wake(Machine machine, Wake wake, Duration limit) throws WakeException;
}
