package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.DiskCloning;
import dev.execlaw.microvm.machine.Driver.DiskClone;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A qcow2 file that holds what differs from the base: on any file system, for QEMU only. */
final class Overlay implements DiskCloning {

    @Override
    public Optional<DiskClone> clone(Path base, Path directory) throws MachineException {
        Path file = directory.resolve("disk.qcow2");
        Disk disk = new Disk(file, Disk.Format.QCOW2);
        try {
            Qcow2Layer.make(new Disk(base, Disk.Format.RAW), file);
            return Optional.of(new DiskClone(disk, "overlay"));
        } catch (IOException e) {
            throw new MachineException("cannot make an overlay of " + base + ": " + e.getMessage(), e);
        }
    }
}
