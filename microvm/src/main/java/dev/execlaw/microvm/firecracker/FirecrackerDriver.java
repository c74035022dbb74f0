package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.machine.DiskCloning;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Reflink;
import dev.execlaw.microvm.machine.SparseCopy;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs machines with Firecracker, under its jailer unless the settings say otherwise. Any thread may use it. */
public final class FirecrackerDriver implements Driver {

    private static final int ROOT = 0;

    private final Accelerator accelerator;
    private final FirecrackerMachine.Host host;
    private final String signature;
    private final DiskCloning cloning = DiskCloning.firstOf(List.of(new Reflink(), new SparseCopy()));

    private FirecrackerDriver(Accelerator accelerator, FirecrackerMachine.Host host, String signature) {
        this.accelerator = accelerator;
        this.host = host;
        this.signature = signature;
    }

    /**
     * Looks at the programs and places that it needs. Whether KVM works was found out before.
     *
     * @param accelerator what that showed
     * @throws MachineException when something is missing, does not fit or is known to be bad; the message says what to do
     */
    public static FirecrackerDriver open(FirecrackerSettings settings, Accelerator accelerator)
            throws MachineException {
        FirecrackerVersion version = Programs.check(settings);
        FirecrackerMachine.Host host = new FirecrackerMachine.Host(
                launcher(settings),
                new BootKernel(version, settings.kernels()),
                new BlankMemory(settings.blankMemories()),
                version,
                settings.enablePci(),
                settings.consoleKept());
        return new FirecrackerDriver(accelerator, host, signature(settings, version, accelerator));
    }

    private static String signature(FirecrackerSettings settings, FirecrackerVersion version, Accelerator accelerator)
            throws MachineException {
        try {
            return String.join(
                    ", ",
                    "firecracker " + version,
                    "snapshots " + Programs.snapshotVersion(settings.binary()),
                    "program of " + Files.size(settings.binary()) + " bytes",
                    accelerator.kind(),
                    "devices on " + (settings.enablePci() ? "PCI" : "MMIO"),
                    HostSignature.read());
        } catch (IOException e) {
            throw new MachineException("this host cannot be described: " + e.getMessage(), e);
        }
    }

    private static Launcher launcher(FirecrackerSettings settings) throws MachineException {
        HostPath binary = new HostPath(settings.binary());
        Path jailer = settings.jailer();
        if (jailer == null) {
            return new Launcher.Direct(binary, settings.enablePci());
        }
        try {
            if (!Integer.valueOf(ROOT).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
                throw new MachineException("Firecracker's jailer works for root only; run as root, or set"
                        + " firecracker.jailer = \"none\"");
            }
            Path base = settings.jailBase();
            if (base != null) {
                JailBase.check(base, settings.dataDirectory());
            }
            return new Launcher.Jailed(
                    binary,
                    new HostPath(jailer),
                    base == null ? null : new HostPath(base),
                    ControlGroups.open(settings.cgroupParent()),
                    netns(settings.netns()),
                    settings.enablePci());
        } catch (IOException e) {
            throw new MachineException("Firecracker's jails cannot be prepared: " + e.getMessage(), e);
        }
    }

    private static @Nullable HostPath netns(@Nullable Path file) throws MachineException {
        if (file != null && !Files.exists(file)) {
            throw new MachineException("the network namespace " + file + " is not there; ip netns add makes one");
        }
        return file == null ? null : new HostPath(file);
    }

    @Override
    public String name() {
        return "firecracker";
    }

    @Override
    public Accelerator accelerator() {
        return accelerator;
    }

    /** The version of Firecracker. */
    public FirecrackerVersion version() {
        return host.version();
    }

    /** {@inheritDoc} None: under KVM a guest needs no help with its clock. */
    @Override
    public String kernelArguments() {
        return "";
    }

    @Override
    public List<String> gaps() {
        return host.launcher().gaps();
    }

    @Override
    public void clear(String machine) throws IOException {
        host.launcher().clear(machine);
    }

    /** {@inheritDoc} Firecracker reads raw disks only. */
    @Override
    public DiskClone cloneDisk(Path base, Path directory) throws MachineException {
        return cloning.clone(base, directory)
                .orElseThrow(() -> new MachineException("no way to clone " + base + " into " + directory));
    }

    /**
     * {@inheritDoc} A copy of a frozen disk, which shares blocks where the file system can; else one of all data. Over a disk
     * that may still be written to there is nothing to copy yet: an empty file, good for {@link FirecrackerMachine#save}
     * alone, which puts the disk there when it stands still.
     */
    @Override
    public Disk layer(Disk base, Path file) throws MachineException {
        if (base.format() != Disk.Format.RAW) {
            throw new MachineException("disk " + base.path() + " is " + base.format() + ", Firecracker takes raw disks"
                    + " only; it was made with another driver");
        }
        try {
            if (Files.getPosixFilePermissions(base.path()).contains(PosixFilePermission.OWNER_WRITE)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            } else {
                BlockClone.make(base.path(), file);
            }
            return new Disk(file, Disk.Format.RAW);
        } catch (IOException e) {
            throw new MachineException("there is no layer: " + e.getMessage(), e);
        }
    }

    @Override
    public List<Path> under(MachineSpec.Disk disk) {
        return List.of();
    }

    @Override
    public String signature() {
        return signature;
    }

    @Override
    public FirecrackerMachine create(MachineSpec spec) {
        return new FirecrackerMachine(spec, host);
    }

    @Override
    public FirecrackerMachine adopt(MachineSpec spec, ProcessIdentity vmm) throws MachineException {
        FirecrackerMachine machine = create(spec);
        machine.adopt(vmm);
        return machine;
    }
}
