package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.DiskCloning;
import dev.execlaw.microvm.machine.Driver.DiskClone;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.nio.file.Path;
import java.util.Optional;

/** A qcow2 file that holds what differs from the base: on any file system, for QEMU only. */
final class Overlay implements DiskCloning {

    @Override
    public Optional<DiskClone> clone(Path base, Path directory) throws MachineException {
        Path file = directory.resolve("disk.qcow2");
        try {
            Command.of(
                            "qemu-img",
                            "create",
                            "-q",
                            "-f",
                            "qcow2",
                            "-F",
                            "raw",
                            "-b",
                            base.toAbsolutePath().toString(),
                            file.toString())
                    .runOrThrow();
            return Optional.of(new DiskClone(new Disk(file, Disk.Format.QCOW2), "overlay"));
        } catch (CommandException e) {
            throw new MachineException("cannot make an overlay of " + base + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MachineException("interrupted while making an overlay of " + base, e);
        }
    }
}
