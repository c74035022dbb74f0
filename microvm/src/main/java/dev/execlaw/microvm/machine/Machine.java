package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.file.Path;
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
     * Starts the VMM and lets the guest run: boot, or go on where it was saved, as the spec's memory says. Returns when
     * the VMM confirmed that the vCPUs run, not when the guest is up: that is seen on the console.
     *
     * @throws MachineException when the VMM could not be started within the deadline; nothing of it is left then
     */
    void start(Duration deadline) throws MachineException;

    /** As {@link #start}, but leaves the vCPUs stopped before their first instruction, until {@link #resume}. */
    void startPaused(Duration deadline) throws MachineException;

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

    /** Stops the vCPUs and returns when they stand still. Its memory stays. Pausing a paused machine does nothing. */
    void pause() throws MachineException;

    /** Lets the vCPUs of a paused machine run on. */
    void resume() throws MachineException;

    /**
     * Saves a paused machine: its devices, what of its memory has changed, and its disk as it is now. It stays paused and
     * goes on with {@link #resume}, writing to the next layer from then on; or it is closed.
     *
     * @param directory where the files of {@link SavedState} are written; exists and is empty. With {@link
     *     Memory.Recorded} it is the directory of that memory file, and the result a template
     * @param next a {@link Driver#layer} over the machine's disk; the disk so far is never written to again
     * @throws MachineException when anything of it failed; the machine can be resumed as if nothing had been asked, on
     *     whichever of the two disks {@link #disk} then names, and the files in the directory are of no use
     */
    SavedState save(Path directory, MachineSpec.Disk next) throws MachineException;

    /** The disk that the guest writes to now: the spec's, or the last layer of {@link #save}. */
    MachineSpec.Disk disk();

    /**
     * Has the disk's layers since its template, or image, put together in the one that is written to, so that reads go
     * through few files. The guest runs on meanwhile, the files of the layers stay as they are. A {@link #save} ends it
     * early, and nothing is lost. Does nothing where a driver has no layers.
     *
     * @throws MachineException when it was ended early, failed, or was not done in time
     */
    default void flatten(Duration deadline) throws MachineException {}

    /**
     * Opens the guest's wake-up port: bytes to and from the one program in the guest that listens there, whatever the
     * guest's addresses are. One at a time; close it after use. Valid while the vCPUs run or are paused.
     */
    ByteChannel wakePort(Duration deadline) throws MachineException;

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
