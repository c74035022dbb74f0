package dev.execlaw.session;

import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.microvm.wake.WakeException;
import dev.execlaw.microvm.wake.WakePort;
import java.time.Duration;

/** Speaks to the program of ours in a machine's guest. Any thread may use it. */
public interface Waker {

    /** By the guest's wake-up port. */
    Waker BY_PORT = new Waker() {
        @Override
        public void wake(Machine machine, Wake wake, Duration limit) throws WakeException {
            new WakePort(machine).wake(wake, limit);
        }

        @Override
        public int interrupt(Machine machine, String agent, Duration patience, Duration limit) throws WakeException {
            return new WakePort(machine).interrupt(agent, patience, limit);
        }
    };

    /**
     * Tells it what it must know when it wakes, and returns when the guest has done it.
     *
     * @throws WakeException when it has not
     */
    void wake(Machine machine, Wake wake, Duration limit) throws WakeException;

    /**
     * Has it end what its agent runs, and returns, once all of that is gone, how many processes it was.
     *
     * @param agent the agent's program
     * @param patience until SIGKILL
     * @throws WakeException when it could not, or does not know how to
     */
    int interrupt(Machine machine, String agent, Duration patience, Duration limit) throws WakeException;
}
