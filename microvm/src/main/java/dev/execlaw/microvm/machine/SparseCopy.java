package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.machine.Driver.DiskClone;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Copies the base's data and keeps its holes: slow, but on any file system and for any VMM. */
public final class SparseCopy implements DiskCloning {

    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    @Override
    public Optional<DiskClone> clone(Path base, Path directory) throws MachineException {
        Path file = directory.resolve("disk.raw");
        try {
            Command.of("cp", "--sparse=always", "--reflink=never", "--", base.toString(), file.toString())
                    .timeout(TIMEOUT)
                    .runOrThrow();
            Command.of("chmod", "600", "--", file.toString()).runOrThrow();
            return Optional.of(new DiskClone(new Disk(file, Disk.Format.RAW), "copy"));
        } catch (CommandException e) {
            throw new MachineException("cannot copy " + base + " to " + file + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MachineException("interrupted while copying " + base, e);
        }
    }
}
