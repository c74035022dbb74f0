package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.firecracker.api.ApiException;
import dev.execlaw.microvm.firecracker.api.Control;
import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.Snapshot;
import dev.execlaw.microvm.machine.ConsoleFiles;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A machine run by Firecracker. The lock guards the state only and is never held while calling out; the end of
 * Firecracker is handled on a virtual thread of its own.
 */
public final class FirecrackerMachine implements Machine {

    private static final Logger LOG = LoggerFactory.getLogger(FirecrackerMachine.class);
    private static final Duration TERMINATE = Duration.ofSeconds(3);
    private static final Duration KILL = Duration.ofSeconds(10);
    private static final int TAIL = 2000;

    /** A panic's call trace, which comes after its mark, is kilobytes long. */
    private static final int RECOGNISED = 16 * 1024;

    private final MachineSpec spec;
    private final Origin origin;
    private final Host host;
    private final CompletableFuture<MachineExit> exited = new CompletableFuture<>();
    private final Object lock = new Object();
    private State state = new State.Created();

    /** Volatile: whoever ends it writes, the thread that handles the end reads. */
    private volatile Asked asked = Asked.NO;

    /** What we did to end it. */
    private enum Asked {
        NO,
        POLITELY,
        BY_FORCE
    }

    /** Where a machine stands. */
    private sealed interface State {

        record Created() implements State {}

        record Starting() implements State {}

        record Running(Vmm vmm) implements State {}

        record Ended(@Nullable Vmm vmm) implements State {}

        record Closed(@Nullable Vmm vmm) implements State {}

        record Detached(Vmm vmm) implements State {}
    }

    /** What the driver found out about this host. */
    record Host(Launcher launcher, BootKernel kernel, boolean enablePci, long consoleKept) {}

    FirecrackerMachine(MachineSpec spec, Origin origin, Host host) {
        this.spec = spec;
        this.origin = origin;
        this.host = host;
    }

    @Override
    public MachineSpec spec() {
        return spec;
    }

    @Override
    public void start(Duration deadline) throws MachineException {
        begin();
        try {
            running(new VmmStart(spec, host.launcher(), host.consoleKept(), deadline).run(configuration()));
        } catch (MachineException e) {
            ended(new MachineExit.Crashed(HostProcess.UNKNOWN_STATUS, ""), null);
            throw e;
        }
    }

    private VmmStart.Configuration configuration() throws MachineException {
        if (spec.disk().format() != Disk.Format.RAW) {
            throw new MachineException("disk " + spec.disk().path() + " of machine " + spec.name() + " is "
                    + spec.disk().format() + ", Firecracker takes raw disks only; make the clone with this driver");
        }
        Slot slot = switch (spec.nic()) {
            case Nic.Tap tap -> tap.slot();
            case Nic.User _ ->
                throw new MachineException("machine " + spec.name() + " has a user-mode network, which Firecracker does"
                        + " not offer; it needs network.mode = tap, and that needs root");
        };
        return switch (origin) {
            case BootSpec boot -> new Booting(spec, boot, slot, host.kernel(), host.enablePci());
            case RestoreSpec restore -> new Restoring(spec, restore, slot);
        };
    }

    void adopt(ProcessIdentity vmm) throws MachineException {
        begin();
        running(Vmm.adopt(spec, host.launcher().jail(spec), vmm, host.consoleKept()));
    }

    private void begin() {
        synchronized (lock) {
            if (!(state instanceof State.Created)) {
                throw new IllegalStateException("machine " + spec.name() + " was started before; make a new one");
            }
            state = new State.Starting();
        }
    }

    private void running(Vmm vmm) {
        synchronized (lock) {
            state = new State.Running(vmm);
        }
        var _ = vmm.process()
                .exit()
                .thenAcceptAsync(
                        status -> gone(vmm, status),
                        task -> Thread.ofVirtual().name("end of " + spec.name()).start(task));
    }

    private void gone(Vmm vmm, int status) {
        vmm.console().finish();
        ended(explain(vmm, status), vmm);
    }

    private void ended(MachineExit exit, @Nullable Vmm vmm) {
        synchronized (lock) {
            if (state instanceof State.Detached) {
                return;
            }
            state = new State.Ended(vmm);
        }
        exited.complete(exit);
    }

    private MachineExit explain(Vmm vmm, int status) {
        return switch (asked) {
            case POLITELY -> new MachineExit.ShutDown(false);
            case BY_FORCE -> new MachineExit.ShutDown(true);
            case NO -> unasked(status, vmm);
        };
    }

    private MachineExit unasked(int status, Vmm vmm) {
        String tail = vmm.consoleTail(TAIL);
        if (status != 0 && status != HostProcess.UNKNOWN_STATUS) {
            LOG.warn("Firecracker of machine {} ended with {}", spec.name(), ExitCode.describe(status));
            return new MachineExit.Crashed(status, tail);
        }
        String recognised = vmm.consoleTail(RECOGNISED);
        return switch (GuestEnd.of(recognised)) {
            case PANIC -> new MachineExit.Panicked(GuestEnd.PANIC.from(recognised, TAIL));
            case REBOOT -> new MachineExit.Rebooted();
            case POWER_OFF -> new MachineExit.PoweredOff();
            case UNTOLD -> status == 0 ? new MachineExit.Rebooted() : new MachineExit.Crashed(status, tail);
        };
    }

    @Override
    public ProcessIdentity vmm() {
        return hands().process().identity();
    }

    @Override
    public Console console() {
        return hands().console();
    }

    /** Firecracker's API for this machine, for what a {@link Machine} does not offer. Closed with the machine. */
    public FirecrackerClient api() {
        return hands().api();
    }

    /** Stops the vCPUs. While paused nothing of the machine is served: no console, no disk, no network. */
    public void pause() throws MachineException {
        try {
            api().send(new Control.Pause());
        } catch (ApiException e) {
            throw new MachineException("machine " + spec.name() + " cannot be paused: " + e.getMessage(), e);
        }
    }

    /** Lets the vCPUs run on. */
    public void resume() throws MachineException {
        try {
            api().send(new Control.Resume());
        } catch (ApiException e) {
            throw new MachineException("machine " + spec.name() + " cannot be resumed: " + e.getMessage(), e);
        }
    }

    /**
     * Saves the machine, which must be paused, into two new files of the directory: {@code state} and {@code memory}.
     *
     * @param directory on the file system of the jails; must hold no such files yet, as machines may run on them
     */
    public SavedMachine save(Snapshot.Type type, HostPath directory) throws MachineException {
        return new Saving(spec, hands()).run(type, directory);
    }

    private Vmm hands() {
        Vmm vmm = switch (state()) {
            case State.Running(Vmm v) -> v;
            case State.Ended(Vmm v) -> v;
            case State.Closed(Vmm v) -> v;
            case State.Detached(Vmm v) -> v;
            case State.Created _, State.Starting _ -> null;
        };
        if (vmm == null) {
            throw new IllegalStateException("machine " + spec.name() + " was not started");
        }
        return vmm;
    }

    private State state() {
        synchronized (lock) {
            return state;
        }
    }

    @Override
    public Optional<InetSocketAddress> reach(int port) {
        return switch (spec.nic()) {
            case Nic.Tap tap -> Optional.of(new InetSocketAddress(tap.slot().guest(), port));
            case Nic.User _ -> Optional.empty();
        };
    }

    @Override
    public CompletionStage<MachineExit> exited() {
        return exited.minimalCompletionStage();
    }

    @Override
    public MachineExit shutdown(Duration grace) {
        switch (state()) {
            case State.Running(Vmm vmm) -> end(vmm, grace);
            case State.Created _ -> ended(new MachineExit.ShutDown(false), null);
            case State.Starting _ -> throw new IllegalStateException("machine " + spec.name() + " is starting");
            case State.Detached _ -> throw new IllegalStateException("machine " + spec.name() + " was let go");
            case State.Ended _, State.Closed _ -> {}
        }
        return exited.join();
    }

    private void end(Vmm vmm, Duration grace) {
        try {
            if (grace.isPositive()) {
                asked = Asked.POLITELY;
                if (pressKeys(vmm) && awaitEnd(grace)) {
                    return;
                }
            }
            asked = Asked.BY_FORCE;
            vmm.process().signal(Signal.SIGTERM);
            if (!awaitEnd(TERMINATE)) {
                vmm.process().kill(KILL);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean pressKeys(Vmm vmm) {
        try {
            vmm.api().send(new Control.SendCtrlAltDel());
            return true;
        } catch (ApiException e) {
            LOG.info("machine {} cannot be asked to end: {}", spec.name(), e.getMessage());
            return false;
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
            throw new IllegalStateException("the end of " + spec.name() + " failed", e.getCause());
        }
    }

    @Override
    public void close() {
        if (state() instanceof State.Detached || state() instanceof State.Closed) {
            return;
        }
        shutdown(Duration.ZERO);
        Vmm vmm;
        synchronized (lock) {
            if (!(state instanceof State.Ended(Vmm last))) {
                return;
            }
            vmm = last;
            state = new State.Closed(last);
        }
        if (vmm != null) {
            vmm.letGo();
            removeFiles(vmm);
        }
    }

    private void removeFiles(Vmm vmm) {
        try {
            Files.deleteIfExists(new ConsoleFiles(spec.directory()).input());
            vmm.jail().remove();
            host.launcher().clear(spec.name());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void detach() {
        Vmm vmm;
        synchronized (lock) {
            if (!(state instanceof State.Running(Vmm running))) {
                throw new IllegalStateException(
                        "machine " + spec.name() + " does not run; only a running one is let go");
            }
            vmm = running;
            state = new State.Detached(running);
        }
        vmm.letGo();
    }
}
