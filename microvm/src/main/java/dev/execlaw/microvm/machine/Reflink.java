package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.linux.OpenFile;
import dev.execlaw.microvm.machine.Driver.DiskClone;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Shares the base's blocks copy-on-write, where the file system can (XFS, btrfs): milliseconds, a raw disk. */
public final class Reflink implements DiskCloning {

    @Override
    public Optional<DiskClone> clone(Path base, Path directory) throws MachineException {
        Path file = directory.resolve("disk.raw");
        try (OpenFile source = OpenFile.read(base);
                OpenFile target = OpenFile.create(file)) {
            if (target.cloneFrom(source)) {
                return Optional.of(new DiskClone(new Disk(file, Disk.Format.RAW), "reflink"));
            }
            Files.delete(file);
            return Optional.empty();
        } catch (IOException e) {
            throw new MachineException("cannot clone " + base + " to " + file + ": " + e.getMessage(), e);
        }
    }
}
