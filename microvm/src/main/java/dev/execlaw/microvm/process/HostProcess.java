package dev.execlaw.microvm.process;

import dev.execlaw.microvm.linux.PidFd;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One process of this host that lives long: our child, or one that an earlier life of ours left behind. It is signalled
 * through a descriptor that cannot come to mean another process. Any thread may use it.
 */
public final class HostProcess implements AutoCloseable {

    /** Exit status where it cannot be known: the process is not our child. */
    public static final int UNKNOWN_STATUS = -1;

    private final ProcessIdentity identity;
    private final @Nullable PidFd descriptor;
    private final CompletableFuture<Integer> exit;

    private HostProcess(ProcessIdentity identity, @Nullable PidFd descriptor, CompletableFuture<Integer> exit) {
        this.identity = identity;
        this.descriptor = descriptor;
        this.exit = exit;
    }

    /**
     * Starts a child in a session of its own, so that no signal to this process's group and no closing terminal reaches
     * it; it outlives this process. Its input, output and error are what the command says or {@code /dev/null}; a
     * deadline of the command plays no part. Where the host runs out of memory, the kernel kills it before this process.
     */
    public static HostProcess start(Command command) throws IOException {
        Process child = command.detached();
        OomScore.raise(child.pid());
        ProcessIdentity identity = Processes.identify(child.pid()).orElse(new ProcessIdentity(child.pid(), 0));
        // Null when the child has ended already; then its exit is all that is left of it.
        PidFd descriptor = PidFd.open(child.pid()).orElse(null);
        return new HostProcess(identity, descriptor, child.onExit().thenApply(Process::exitValue));
    }

    /** Takes hold of a process by its identity; empty when it is not alive. */
    public static Optional<HostProcess> adopt(ProcessIdentity identity) throws IOException {
        Optional<PidFd> descriptor = PidFd.open(identity.pid());
        if (descriptor.isEmpty()) {
            return Optional.empty();
        }
        // Opened first, compared second: alive now under this start time, it was also the one that was opened.
        if (!Processes.alive(identity)) {
            descriptor.get().close();
            return Optional.empty();
        }
        CompletableFuture<Integer> exit = descriptor.get().ended().thenApply(ended -> UNKNOWN_STATUS);
        return Optional.of(new HostProcess(identity, descriptor.get(), exit));
    }

    /** Number and start time. */
    public ProcessIdentity identity() {
        return identity;
    }

    /**
     * Completes when the process has ended, with its status as the shell tells it or {@link #UNKNOWN_STATUS}. Callbacks
     * must not block.
     */
    public CompletableFuture<Integer> exit() {
        return exit.copy();
    }

    /** Sends a signal; false when the process has ended already. */
    public boolean signal(Signal signal) throws IOException {
        return descriptor != null && descriptor.signal(signal.number());
    }

    /** Waits for its end; false when it still lives after that time. */
    public boolean awaitExit(Duration time) {
        try {
            exit.copy()
                    .orTimeout(Math.max(1, time.toMillis()), TimeUnit.MILLISECONDS)
                    .get();
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TimeoutException) {
                return false;
            }
            throw new IllegalStateException("waiting for process " + identity.pid(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return exit.isDone();
        }
    }

    /**
     * Kills it and waits until it is gone.
     *
     * @throws IOException when it lives on after that time, as one does that hangs in the kernel
     */
    public void kill(Duration time) throws IOException {
        signal(Signal.SIGKILL);
        if (!awaitExit(time)) {
            throw new IOException("process " + identity.pid() + " lives " + time.toSeconds()
                    + " s after SIGKILL; look at /proc/" + identity.pid() + "/stack");
        }
    }

    /** Lets go of it; it lives on. */
    @Override
    public void close() {
        if (descriptor != null) {
            descriptor.close();
        }
    }
}
