package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.cgroup.Cgroups;
import dev.execlaw.microvm.linux.TimeStampCounter;
import dev.execlaw.microvm.machine.DiskCloning;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.Reflink;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Runs machines with QEMU's {@code microvm} board, by KVM where a guest really starts with it, else in software. */
public final class QemuDriver implements Driver {

    private final Accelerator accelerator;
    private final String version;
    private final String binary;
    private final Confinement confinement;
    private final CommandLine commandLine;
    private final QemuHost host;
    private @Nullable String kernelArguments;
    private final DiskCloning cloning = DiskCloning.firstOf(List.of(new Reflink(), new Overlay()));

    private QemuDriver(QemuSettings settings, Accelerator accelerator, String version) {
        this.accelerator = accelerator;
        this.version = version;
        this.binary = settings.binary();
        this.confinement = Confinement.open(settings, accelerator.kind().equals("kvm"));
        Blanks blanks = new Blanks(settings.cache().resolve("blank"), version);
        BlankLeftovers.sweep(blanks.directory(), confinement);
        GuestMemory memory = new GuestMemory(blanks, Programs.mapsReadOnly(version));
        this.commandLine =
                new CommandLine(settings.binary(), accelerator.kind(), settings.translationCacheMiB(), memory);
        this.host = new QemuHost(confinement, memory, blanks, settings.consoleKept());
    }

    /**
     * Finds out what this host offers; the first time after a boot of the host this boots a probe guest.
     *
     * @throws MachineException when QEMU or a program it needs is missing; the message says which and how to get it
     */
    public static QemuDriver open(QemuSettings settings) throws MachineException {
        String version = Programs.check(settings.binary());
        return new QemuDriver(settings, new AcceleratorProbe(settings, version).verdict(), version);
    }

    /** Finds out alone what would execute the guests' instructions, for another driver. */
    public static Accelerator accelerator(QemuSettings settings) throws MachineException {
        return new AcceleratorProbe(settings, Programs.check(settings.binary())).verdict();
    }

    @Override
    public String name() {
        return "qemu";
    }

    @Override
    public Accelerator accelerator() {
        return accelerator;
    }

    /**
     * {@inheritDoc} In software the guest must be told to trust its clock, else it ticks all the time; and how fast that
     * clock counts. Left to find that out against the emulated PIT it fails on a busy host ("tsc: Unable to calibrate
     * against PIT"), and then it may never finish its boot.
     */
    @Override
    public synchronized String kernelArguments() {
        // Measured when first asked, not when the daemon starts.
        if (kernelArguments == null) {
            kernelArguments = kernelArguments(accelerator);
        }
        return kernelArguments;
    }

    private static String kernelArguments(Accelerator accelerator) {
        if (accelerator.kind().equals("kvm")) {
            return "";
        }
        OptionalLong kiloHertz = TimeStampCounter.kiloHertz();
        return "tsc=reliable clocksource=tsc"
                + (kiloHertz.isPresent() ? " tsc_early_khz=" + kiloHertz.getAsLong() : "");
    }

    @Override
    public void clear(String machine) throws IOException {
        confinement.clear(machine);
    }

    @Override
    public List<String> gaps() {
        return confinement.gaps();
    }

    /** Where machines have their cgroups, also those that an earlier process left; empty where they have none. */
    public Optional<Cgroups> cgroups() {
        return confinement.cgroups();
    }

    @Override
    public DiskClone cloneDisk(Path base, Path directory) throws MachineException {
        return cloning.clone(base, directory)
                .orElseThrow(() -> new MachineException("no way to clone " + base + " into " + directory));
    }

    @Override
    public MachineSpec.Disk layer(MachineSpec.Disk base, Path file) throws MachineException {
        try {
            Qcow2Layer.make(base, file);
            return new MachineSpec.Disk(file, MachineSpec.Disk.Format.QCOW2);
        } catch (IOException e) {
            throw new MachineException("cannot make layer " + file + " over " + base.path() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<Path> under(MachineSpec.Disk disk) throws MachineException {
        if (disk.format() == MachineSpec.Disk.Format.RAW) {
            return List.of();
        }
        try {
            return BackingFiles.of(disk.path());
        } catch (IOException e) {
            throw new MachineException("what disk " + disk.path() + " lies on cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public String signature() {
        return new Signature(name(), version, binary, accelerator.kind(), kernelArguments()).text();
    }

    @Override
    public Machine create(MachineSpec spec) {
        return machine(spec);
    }

    @Override
    public Machine adopt(MachineSpec spec, ProcessIdentity vmm) throws MachineException {
        QemuMachine machine = machine(spec);
        machine.adopt(vmm);
        return machine;
    }

    private QemuMachine machine(MachineSpec spec) {
        return new QemuMachine(spec, commandLine.of(spec, kernelArguments()), host, this::machine);
    }
}
