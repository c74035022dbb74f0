package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The life that a {@link Machine} leads, whatever VMM runs it: started once, ended once, then closed; or let go while it
 * runs. Any thread may use it. The lock guards the state only and is never held while calling out; the end of the VMM is
 * handled on a virtual thread of its own.
 *
 * @param <V> the VMM that runs it
 */
public final class Life<V extends RunningVmm> {

    private static final Duration TERMINATE = Duration.ofSeconds(3);
    private static final Duration KILL = Duration.ofSeconds(10);

    private final String name;
    private final Ways<V> ways;
    private final CompletableFuture<MachineExit> exited = new CompletableFuture<>();
    private final Object lock = new Object();
    private State<V> state = new State.Created<>();

    /** Volatile: whoever ends it writes, the thread that handles the end reads. */
    private volatile Asked asked = Asked.NO;

    /**
     * A life that has not begun.
     *
     * @param name the machine's
     */
    public Life(String name, Ways<V> ways) {
        this.name = name;
        this.ways = ways;
    }

    /** What is done in a way of its own with each kind of VMM. */
    public interface Ways<V extends RunningVmm> {

        /** Asks the guest to end; false when that failed and waiting for the end is in vain. */
        boolean askToEnd(V vmm);

        /** Why a VMM ended that we did not end. */
        MachineExit explain(V vmm, int status);

        /** Removes what a dead VMM leaves, but not the console's log and the disk. */
        void removeFiles(V vmm) throws IOException;
    }

    /** How a VMM comes into our hands: started, or taken over. */
    @FunctionalInterface
    public interface Birth<V extends RunningVmm> {

        /** Does it; on failure nothing is left. */
        V run() throws MachineException;
    }

    /** What we did to end it. */
    private enum Asked {
        NO,
        POLITELY,
        BY_FORCE
    }

    /** Where a machine stands. */
    private sealed interface State<V> {

        record Created<V>() implements State<V> {}

        record Starting<V>() implements State<V> {}

        record Running<V>(V vmm) implements State<V> {}

        record Ended<V>(@Nullable V vmm) implements State<V> {}

        record Closed<V>(@Nullable V vmm) implements State<V> {}

        record Detached<V>(V vmm) implements State<V> {}
    }

    /** Starts the VMM. When that fails the machine has ended. */
    public void start(Birth<V> birth) throws MachineException {
        begin();
        try {
            running(birth.run());
        } catch (MachineException e) {
            ended(new MachineExit.Crashed(HostProcess.UNKNOWN_STATUS, ""), null);
            throw e;
        }
    }

    /** Takes hold of a VMM that runs already. When that fails nothing is said of the machine: it may run on. */
    public void adopt(Birth<V> birth) throws MachineException {
        begin();
        running(birth.run());
    }

    private void begin() {
        synchronized (lock) {
            if (!(state instanceof State.Created<V>)) {
                throw new IllegalStateException("machine " + name + " was started before; make a new one");
            }
            state = new State.Starting<>();
        }
    }

    private void running(V vmm) {
        synchronized (lock) {
            state = new State.Running<>(vmm);
        }
        var _ = vmm.end()
                .thenAcceptAsync(
                        status -> gone(vmm, status),
                        task -> Thread.ofVirtual().name("end of " + name).start(task));
    }

    private void gone(V vmm, int status) {
        vmm.console().finish();
        MachineExit exit = switch (asked) {
            case POLITELY -> new MachineExit.ShutDown(false);
            case BY_FORCE -> new MachineExit.ShutDown(true);
            case NO -> ways.explain(vmm, status);
        };
        ended(exit, vmm);
    }

    private void ended(MachineExit exit, @Nullable V vmm) {
        synchronized (lock) {
            if (state instanceof State.Detached<V>) {
                return;
            }
            state = new State.Ended<>(vmm);
        }
        exited.complete(exit);
    }

    /** The VMM, also one that is gone or was let go. There is one from a successful start on. */
    public V vmm() {
        V vmm = switch (state()) {
            case State.Running<V>(V v) -> v;
            case State.Ended<V>(V v) -> v;
            case State.Closed<V>(V v) -> v;
            case State.Detached<V>(V v) -> v;
            case State.Created<V> _, State.Starting<V> _ -> null;
        };
        if (vmm == null) {
            throw new IllegalStateException("machine " + name + " was not started");
        }
        return vmm;
    }

    /** The VMM while it runs. */
    public Optional<V> running() {
        return state() instanceof State.Running<V>(V vmm) ? Optional.of(vmm) : Optional.empty();
    }

    private State<V> state() {
        synchronized (lock) {
            return state;
        }
    }

    /** As {@link Machine#exited}. */
    public CompletionStage<MachineExit> exited() {
        return exited.minimalCompletionStage();
    }

    /** As {@link Machine#shutdown}. */
    public MachineExit shutdown(Duration grace) {
        switch (state()) {
            case State.Running<V>(V vmm) -> end(vmm, grace);
            case State.Created<V> _ -> ended(new MachineExit.ShutDown(false), null);
            case State.Starting<V> _ -> throw new IllegalStateException("machine " + name + " is starting");
            case State.Detached<V> _ -> throw new IllegalStateException("machine " + name + " was let go");
            case State.Ended<V> _, State.Closed<V> _ -> {}
        }
        return exited.join();
    }

    private void end(V vmm, Duration grace) {
        try {
            if (grace.isPositive()) {
                asked = Asked.POLITELY;
                if (ways.askToEnd(vmm) && awaitEnd(grace)) {
                    return;
                }
            }
            asked = Asked.BY_FORCE;
            // VMMs flush their disks on SIGTERM; what one holds of a qcow2's tables would be lost with SIGKILL.
            vmm.process().signal(Signal.SIGTERM);
            if (!awaitEnd(TERMINATE)) {
                vmm.process().kill(KILL);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean awaitEnd(Duration time) {
        try {
            exited.copy().get(time.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            // Who ends a machine wants it ended: an interrupt shortens the grace, no more.
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of " + name + " failed", e.getCause());
        }
    }

    /** As {@link Machine#close}. */
    public void close() {
        if (state() instanceof State.Detached<V> || state() instanceof State.Closed<V>) {
            return;
        }
        shutdown(Duration.ZERO);
        V vmm;
        synchronized (lock) {
            if (!(state instanceof State.Ended<V>(V last))) {
                return;
            }
            vmm = last;
            state = new State.Closed<>(last);
        }
        // Where none ran, what is there under this name is another's.
        if (vmm != null) {
            vmm.letGo();
            try {
                ways.removeFiles(vmm);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** As {@link Machine#detach}. */
    public void detach() {
        V vmm;
        synchronized (lock) {
            if (!(state instanceof State.Running<V>(V running))) {
                throw new IllegalStateException("machine " + name + " does not run; only a running one is let go");
            }
            vmm = running;
            state = new State.Detached<>(running);
        }
        vmm.letGo();
    }
}
