package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.machine.Life;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A machine run by QEMU. */
final class QemuMachine implements Machine {

    private static final Logger LOG = LoggerFactory.getLogger(QemuMachine.class);
    private static final Duration CALL = Duration.ofSeconds(5);
    private static final int TAIL = 2000;

    private final MachineSpec spec;
    private final List<String> commandLine;
    private final Confinement confinement;
    private final long consoleKept;
    private final Life<Vmm> life;

    /** Held while QEMU is asked for a forwarded port, so that none is made twice. */
    private final Object forwarding = new Object();

    /** Volatile: QMP's thread tells them, the thread that handles the end reads them. */
    private volatile String shutdownReason = "";

    QemuMachine(MachineSpec spec, List<String> commandLine, Confinement confinement, long consoleKept) {
        this.spec = spec;
        this.commandLine = commandLine;
        this.confinement = confinement;
        this.consoleKept = consoleKept;
        this.life = new Life<>(spec.name(), new Ways());
    }

    @Override
    public MachineSpec spec() {
        return spec;
    }

    @Override
    public void start(Duration deadline) throws MachineException {
        life.start(() -> new VmmStart(spec, commandLine, confinement, consoleKept, deadline).run(this::event));
    }

    void adopt(ProcessIdentity vmm) throws MachineException {
        life.adopt(() -> Vmm.adopt(spec, vmm, consoleKept, this::event));
        try {
            confinement.renew(spec);
        } catch (IOException e) {
            detach();
            throw new MachineException("machine " + spec.name() + " cannot be taken over: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<InetSocketAddress> reach(int port) {
        return switch (spec.nic()) {
            case MachineSpec.Nic.Tap tap ->
                tap.enclosed()
                        ? Optional.empty()
                        : Optional.of(new InetSocketAddress(tap.slot().guest(), port));
            case MachineSpec.Nic.User user -> forwarded(user, port);
        };
    }

    private Optional<InetSocketAddress> forwarded(MachineSpec.Nic.User user, int port) {
        Optional<Vmm> vmm = life.running();
        if (vmm.isEmpty()) {
            return Optional.empty();
        }
        PortForward forward = new PortForward(user.slot().guest(), port);
        try {
            synchronized (forwarding) {
                return forward.through(line -> vmm.get()
                        .qmp()
                        .call(new QmpCommand.HumanMonitor(line), CALL)
                        .asString(""));
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

    @Override
    public void startPaused(Duration deadline) throws MachineException {
        throw unsaved();
    }

    @Override
    public void pause() throws MachineException {
        throw unsaved();
    }

    @Override
    public void resume() throws MachineException {
        throw unsaved();
    }

    @Override
    public SavedState save(Path directory, MachineSpec.Disk next) throws MachineException {
        throw unsaved();
    }

    @Override
    public MachineSpec.Disk disk() {
        return spec.disk();
    }

    @Override
    public ByteChannel wakePort(Duration deadline) throws MachineException {
        throw unsaved();
    }

    private MachineException unsaved() {
        return new MachineException("machine " + spec.name() + " cannot be saved by this driver");
    }

    @Override
    public ProcessIdentity vmm() {
        return life.vmm().process().identity();
    }

    @Override
    public Console console() {
        return life.vmm().console();
    }

    @Override
    public CompletionStage<MachineExit> exited() {
        return life.exited();
    }

    @Override
    public MachineExit shutdown(Duration grace) {
        return life.shutdown(grace);
    }

    @Override
    public void close() {
        life.close();
    }

    @Override
    public void detach() {
        life.detach();
    }

    private final class Ways implements Life.Ways<Vmm> {

        @Override
        public boolean askToEnd(Vmm vmm) {
            try {
                vmm.qmp().call(new QmpCommand.SystemPowerdown(), CALL);
            } catch (QmpException e) {
                LOG.info("machine {} cannot be asked to power off: {}", spec.name(), e.getMessage());
            }
            // Whether or not it was asked: the guest may be at its end already.
            return true;
        }

        @Override
        public MachineExit explain(Vmm vmm, int status) {
            return switch (shutdownReason) {
                case "guest-shutdown" -> new MachineExit.PoweredOff();
                case "guest-reset", "guest-panic" -> new MachineExit.Rebooted();
                default -> new MachineExit.Crashed(status, vmm.console().tail(TAIL));
            };
        }

        @Override
        public void removeFiles(Vmm vmm) throws IOException {
            Files.deleteIfExists(MachineFiles.of(spec).consoleInput());
            confinement.release(spec);
        }
    }
}
