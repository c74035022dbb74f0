package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Drives one kind of VMM. Stateless but for what it learned of the host; any thread may call it. */
public interface Driver {

    /** {@code qemu} or {@code firecracker}: what users see. */
    String name();

    /** The accelerator in use and why, for people and for {@code GET /system}. */
    Accelerator accelerator();

    /** What this driver adds to the kernel's command line, e.g. the clock arguments under software emulation. */
    String kernelArguments();

    /**
     * Makes a writable copy-on-write clone of a raw base disk.
     *
     * @param base raw image, never written
     * @param directory where the clone's file is made
     * @return the clone and how it was made (reflink, overlay, sparse copy)
     */
    DiskClone cloneDisk(Path base, Path directory) throws MachineException;

    /**
     * Makes an empty layer over a disk, for {@link Machine#save} to go on with or for a machine to start on. The disk under
     * it must not be written to from the moment a machine uses the layer.
     *
     * @param base the disk under it; named relative to the layer where both are in one directory
     * @param file where the layer is made; does not exist yet
     * @return the layer as a disk; where this driver has no layers, a copy-on-write clone of the disk
     */
    Disk layer(Disk base, Path file) throws MachineException;

    /** The files that a disk lies on, nearest first, as they are named in it; empty for a disk that stands alone. */
    List<Path> under(Disk disk) throws MachineException;

    /**
     * What a saved machine depends on beside its spec: the VMM and its version, the accelerator, the processor, the host's
     * kernel, the arguments this driver adds. A state saved under another signature is not to be loaded.
     */
    String signature();

    /** Makes a machine that is not started yet. Touches nothing on the host. */
    Machine create(MachineSpec spec);

    /**
     * Takes over a running machine that another process of ours started and left.
     *
     * @throws MachineException when that process is gone or does not answer as this machine
     */
    Machine adopt(MachineSpec spec, ProcessIdentity vmm) throws MachineException;

    /** What is not limited or not kept apart on this host although it should be, in plain words; empty where all holds. */
    List<String> gaps();

    /**
     * Removes what a dead machine may have left outside its directory: control groups, say. Does nothing where nothing is
     * left.
     *
     * @param machine its name
     */
    void clear(String machine) throws IOException;

    /**
     * What executes the guest's instructions.
     *
     * @param kind {@code kvm} or {@code tcg}
     * @param reason in plain words, e.g. "/dev/kvm opens, but a probe guest did not start within 4 s"
     */
    record Accelerator(String kind, String reason) {}

    /**
     * A disk made by {@link #cloneDisk}.
     *
     * @param method {@code reflink}, {@code overlay} or {@code copy}
     */
    record DiskClone(MachineSpec.Disk disk, String method) {}
}
