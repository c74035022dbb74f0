package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.firecracker.api.ApiException;
import dev.execlaw.microvm.firecracker.api.Control;
import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.Snapshot;
import dev.execlaw.microvm.machine.ConsoleFiles;
import dev.execlaw.microvm.machine.Life;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A machine run by Firecracker. */
public final class FirecrackerMachine implements Machine {

    private static final Logger LOG = LoggerFactory.getLogger(FirecrackerMachine.class);
    private static final int TAIL = 2000;

    /** A panic's call trace, which comes after its mark, is kilobytes long. */
    private static final int RECOGNISED = 16 * 1024;

    private final MachineSpec spec;
    private final Origin origin;
    private final Host host;
    private final Life<Vmm> life;

    /** What the driver found out about this host. */
    record Host(Launcher launcher, BootKernel kernel, boolean enablePci, long consoleKept) {}

    FirecrackerMachine(MachineSpec spec, Origin origin, Host host) {
        this.spec = spec;
        this.origin = origin;
        this.host = host;
        this.life = new Life<>(spec.name(), new Ways());
    }

    @Override
    public MachineSpec spec() {
        return spec;
    }

    @Override
    public void start(Duration deadline) throws MachineException {
        life.start(() -> new VmmStart(spec, host.launcher(), host.consoleKept(), deadline).run(configuration()));
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
        life.adopt(() -> Vmm.adopt(spec, host.launcher().jail(spec), vmm, host.consoleKept()));
    }

    @Override
    public void startPaused(Duration deadline) throws MachineException {
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

    /** Firecracker's API for this machine, for what a {@link Machine} does not offer. Closed with the machine. */
    public FirecrackerClient api() {
        return life.vmm().api();
    }

    /** Stops the vCPUs. While paused nothing of the machine is served: no console, no disk, no network. */
    @Override
    public void pause() throws MachineException {
        try {
            api().send(new Control.Pause());
        } catch (ApiException e) {
            throw new MachineException("machine " + spec.name() + " cannot be paused: " + e.getMessage(), e);
        }
    }

    /** Lets the vCPUs run on. */
    @Override
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
        return new Saving(spec, life.vmm()).run(type, directory);
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
                vmm.api().send(new Control.SendCtrlAltDel());
                return true;
            } catch (ApiException e) {
                LOG.info("machine {} cannot be asked to end: {}", spec.name(), e.getMessage());
                return false;
            }
        }

        @Override
        public MachineExit explain(Vmm vmm, int status) {
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
        public void removeFiles(Vmm vmm) throws IOException {
            Files.deleteIfExists(new ConsoleFiles(spec.directory()).input());
            vmm.jail().remove();
            host.launcher().clear(spec.name());
        }
    }
}
