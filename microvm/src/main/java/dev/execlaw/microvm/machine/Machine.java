package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * One microVM. Made by a {@link Driver}, started once, ended once; a stopped machine is never started again, a new one
 * is made over its disk. All methods may be called from any thread.
 */
public interface Machine extends AutoCloseable {

    MachineSpec spec();

    /**
     * Starts the VMM and lets the guest run. Returns when the VMM confirmed that the vCPUs run, not when the guest is
     * up: that is seen on the console.
     *
     * @throws MachineException when the VMM could not be started within the deadline; nothing of it is left then
     */
    void start(Duration deadline) throws MachineException;

    /** The VMM's process. Valid from {@link #start} on. */
    ProcessIdentity vmm();

    /** The serial line. It can still be read after the machine's end, until {@link #close}. */
    Console console();

    /**
     * Where on this host a TCP port of the guest is reached; empty where the network card has no way in. Valid from
     * {@link #start} on.
     *
     * @param port the guest's port
     */
    Optional<InetSocketAddress> reach(int port);

    /** Completes when the VMM is gone, with why. Never completes exceptionally. Callbacks must not block. */
    CompletionStage<MachineExit> exited();

    /**
     * Asks the guest to power off, waits for {@code grace}, then kills the VMM. Returns when the VMM is dead.
     * Ending an ended machine returns its exit again.
     */
    MachineExit shutdown(Duration grace);

    /**
     * Proves the VMM dead (killing it if need be) and releases what the driver holds: sockets, FIFOs, file handles,
     * threads. The console log and the disk stay on disk: they belong to the caller. May be called again.
     */
    @Override
    void close();

    /**
     * Lets go of the machine without ending it: the VMM runs on, its console files stay, and another process can
     * {@link Driver#adopt} it.
     */
    void detach();
}
