package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.console.SerialConsole;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
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
 * A machine run by QEMU. The lock guards the state only and is never held while calling out; the end of QEMU is handled
 * on a virtual thread of its own.
 */
final class QemuMachine implements Machine {

    private static final Logger LOG = LoggerFactory.getLogger(QemuMachine.class);
    private static final Duration CALL = Duration.ofSeconds(5);
    private static final Duration TERMINATE = Duration.ofSeconds(3);
    private static final Duration KILL = Duration.ofSeconds(10);
    private static final int TAIL = 2000;

    private final MachineSpec spec;
    private final List<String> commandLine;
    private final Confinement confinement;
    private final long consoleKept;
    private final CompletableFuture<MachineExit> exited = new CompletableFuture<>();
    private final Object lock = new Object();

    /** Held while QEMU is asked for a forwarded port, so that none is made twice. */
    private final Object forwarding = new Object();

    private State state = new State.Created();

    /** Volatile: QMP's thread tells them, the thread that handles the end reads them. */
    private volatile String shutdownReason = "";

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

    QemuMachine(MachineSpec spec, List<String> commandLine, Confinement confinement, long consoleKept) {
        this.spec = spec;
        this.commandLine = commandLine;
        this.confinement = confinement;
        this.consoleKept = consoleKept;
    }

    @Override
    public MachineSpec spec() {
        return spec;
    }

    @Override
    public void start(Duration deadline) throws MachineException {
        begin();
        try {
            running(new VmmStart(spec, commandLine, confinement, consoleKept, deadline).run(this::event));
        } catch (MachineException e) {
            ended(new MachineExit.Crashed(HostProcess.UNKNOWN_STATUS, ""), null);
            throw e;
        }
    }

    void adopt(ProcessIdentity vmm) throws MachineException {
        begin();
        running(Vmm.adopt(spec, vmm, consoleKept, this::event));
        try {
            confinement.renew(spec);
        } catch (IOException e) {
            detach();
            throw new MachineException("machine " + spec.name() + " cannot be taken over: " + e.getMessage(), e);
        }
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
        // The last events come before the connection's end, which a broken QEMU may not bring.
        var _ = vmm.process()
                .exit()
                .thenCompose(status -> vmm.qmp()
                        .closed()
                        .completeOnTimeout(null, CALL.toMillis(), TimeUnit.MILLISECONDS)
                        .handle((closed, failure) -> status))
                .thenAcceptAsync(
                        status -> gone(vmm, status),
                        task -> Thread.ofVirtual().name("end of " + spec.name()).start(task));
    }

    @Override
    public Optional<InetSocketAddress> reach(int port) {
        return switch (spec.nic()) {
            case MachineSpec.Nic.Tap tap ->
                Optional.of(new InetSocketAddress(tap.slot().guest(), port));
            case MachineSpec.Nic.User user -> forwarded(user, port);
        };
    }

    private Optional<InetSocketAddress> forwarded(MachineSpec.Nic.User user, int port) {
        if (!(state() instanceof State.Running(Vmm vmm))) {
            return Optional.empty();
        }
        PortForward forward = new PortForward(user.slot().guest(), port);
        try {
            synchronized (forwarding) {
                return forward.through(line ->
                        vmm.qmp().call(new QmpCommand.HumanMonitor(line), CALL).asString(""));
            }
        } catch (QmpException e) {
            LOG.warn("machine {}: port {} of the guest cannot be forwarded: {}", spec.name(), port, e.getMessage());
            return Optional.empty();
        }
    }

    private void event(QmpEvent event) {
        switch (event) {
            case QmpEvent.Shutdown shutdown -> shutdownReason = shutdown.reason();
            case QmpEvent.Stopped _ -> LOG.debug("vCPUs of {} stopped", spec.name());
            case QmpEvent.Resumed _ -> LOG.debug("vCPUs of {} run", spec.name());
        }
    }

    private void gone(Vmm vmm, int status) {
        vmm.console().finish();
        ended(explain(vmm.console(), status), vmm);
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

    private MachineExit explain(SerialConsole console, int status) {
        return switch (asked) {
            case POLITELY -> new MachineExit.ShutDown(false);
            case BY_FORCE -> new MachineExit.ShutDown(true);
            case NO ->
                switch (shutdownReason) {
                    case "guest-shutdown" -> new MachineExit.PoweredOff();
                    case "guest-reset", "guest-panic" -> new MachineExit.Rebooted();
                    default -> new MachineExit.Crashed(status, console.tail(TAIL));
                };
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
                pressPowerButton(vmm);
                if (awaitEnd(grace)) {
                    return;
                }
            }
            asked = Asked.BY_FORCE;
            // QEMU flushes its disks on SIGTERM; what it holds of a qcow2's tables would be lost with SIGKILL.
            vmm.process().signal(Signal.SIGTERM);
            if (!awaitEnd(TERMINATE)) {
                vmm.process().kill(KILL);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void pressPowerButton(Vmm vmm) {
        try {
            vmm.qmp().call(new QmpCommand.SystemPowerdown(), CALL);
        } catch (QmpException e) {
            LOG.info("machine {} cannot be asked to power off: {}", spec.name(), e.getMessage());
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
        // Where none ran, what is there under this name is another's.
        if (vmm != null) {
            vmm.letGo();
            removeFiles();
        }
    }

    private void removeFiles() {
        MachineFiles files = MachineFiles.of(spec);
        try {
            Files.deleteIfExists(files.consoleInput());
            confinement.release(spec);
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
