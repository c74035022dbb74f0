package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.firecracker.api.Answers;
import dev.execlaw.microvm.firecracker.api.ApiException;
import dev.execlaw.microvm.firecracker.api.Control;
import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.Query;
import dev.execlaw.microvm.machine.ConsoleFiles;
import dev.execlaw.microvm.machine.Life;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A machine run by Firecracker. */
public final class FirecrackerMachine implements Machine {

    private static final Logger LOG = LoggerFactory.getLogger(FirecrackerMachine.class);
    private static final int TAIL = 2000;

    /** A panic's call trace, which comes after its mark, is kilobytes long. */
    private static final int RECOGNISED = 16 * 1024;

    private final MachineSpec spec;
    private final Host host;
    private final Life<Vmm> life;
    private final ReentrantLock saving = new ReentrantLock();

    /** Volatile: a save writes it, any thread reads. */
    private volatile Disk disk;

    /** Whether it was configured to boot and is not told to yet. Volatile: as {@link #disk}. */
    private volatile boolean unstarted;

    /** What the driver found out about this host. */
    record Host(
            Launcher launcher,
            BootKernel kernel,
            BlankMemory blank,
            FirecrackerVersion version,
            boolean enablePci,
            long consoleKept) {}

    FirecrackerMachine(MachineSpec spec, Host host) {
        this.spec = spec;
        this.host = host;
        this.disk = spec.disk();
        this.life = new Life<>(spec.name(), new Ways());
    }

    @Override
    public MachineSpec spec() {
        return spec;
    }

    @Override
    public void start(Duration deadline) throws MachineException {
        begin(deadline, true);
    }

    @Override
    public void startPaused(Duration deadline) throws MachineException {
        begin(deadline, false);
        unstarted = !(spec.memory() instanceof Memory.Saved);
    }

    private void begin(Duration deadline, boolean run) throws MachineException {
        life.start(() -> new VmmStart(spec, host.launcher(), host.consoleKept(), deadline).run(configuration(run)));
    }

    private VmmStart.Configuration configuration(boolean run) throws MachineException {
        if (spec.disk().format() != Disk.Format.RAW) {
            throw new MachineException("disk " + spec.disk().path() + " of machine " + spec.name() + " is "
                    + spec.disk().format() + ", Firecracker takes raw disks only; make the clone with this driver");
        }
        File disk = spec.disk().path().toFile();
        if (disk.exists() && disk.length() == 0) {
            throw new MachineException("disk " + disk + " of machine " + spec.name()
                    + " is empty; a layer over a disk that is written to is for saving a machine only");
        }
        Slot slot = switch (spec.nic()) {
            case Nic.Tap tap -> tap.slot();
            case Nic.User _ ->
                throw new MachineException("machine " + spec.name() + " has a user-mode network, which Firecracker does"
                        + " not offer; it needs network.mode = tap, and that needs root");
        };
        return switch (spec.memory()) {
            // Which pages were written is noted, though it forbids huge pages: only so can what changed be saved.
            case Memory.Fresh _ -> booting(slot, true, run);
            case Memory.Recorded _ -> booting(slot, false, run);
            case Memory.Saved(SavedState state) -> new Restoring(spec, state, slot, host.blank(), run);
        };
    }

    private Booting booting(Slot slot, boolean trackDirtyPages, boolean run) {
        BootSpec boot = BootSpec.of(spec.boot(), trackDirtyPages);
        return new Booting(spec, boot, slot, host.kernel(), host.enablePci(), run);
    }

    void adopt(ProcessIdentity vmm) throws MachineException {
        life.adopt(() -> Vmm.adopt(spec, host.launcher().jail(spec), vmm, host.consoleKept()));
    }

    /**
     * {@inheritDoc} The disk so far becomes a copy of itself, as Firecracker goes on with the file that it has open: so
     * this is short only on a file system that shares blocks.
     */
    @Override
    public SavedState save(Path directory, Disk next) throws MachineException {
        saving.lock();
        try {
            SavedState saved = new Saving(spec, life.vmm(), host.version(), host.blank()).run(directory, disk, next);
            disk = next;
            return saved;
        } finally {
            saving.unlock();
        }
    }

    @Override
    public Disk disk() {
        return disk;
    }

    /**
     * {@inheritDoc} While the machine is paused the connection is made, and answered once it runs on.
     */
    @Override
    public ByteChannel wakePort(Duration deadline) throws MachineException {
        try {
            boolean runs = api().ask(new Query.Instance()).state() == Answers.State.RUNNING;
            return WakeSocket.open(life.vmm().jail().host(Jail.WAKE), !runs, deadline);
        } catch (IOException e) {
            throw new MachineException(
                    "machine " + spec.name() + " is not reached at its wake-up port: " + e.getMessage(), e);
        }
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

    /** {@inheritDoc} While paused nothing of the machine is served: no console, no disk, no network. */
    @Override
    public void pause() throws MachineException {
        if (!unstarted) {
            control(new Control.Pause(), "paused");
        }
    }

    @Override
    public void resume() throws MachineException {
        control(unstarted ? new Control.InstanceStart() : new Control.Resume(), "resumed");
        unstarted = false;
    }

    private void control(Control control, String done) throws MachineException {
        try {
            api().send(control);
        } catch (ApiException e) {
            throw new MachineException("machine " + spec.name() + " cannot be " + done + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<InetSocketAddress> reach(int port) {
        return switch (spec.nic()) {
            case Nic.Tap tap ->
                tap.enclosed()
                        ? Optional.empty()
                        : Optional.of(new InetSocketAddress(tap.slot().guest(), port));
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
