package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.machine.MachineException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The place of all jails, where one was configured: disks must be linked into it, which is tried. */
final class JailBase {

    private JailBase() {}

    static void check(Path base, Path dataDirectory) throws MachineException, IOException {
        Files.createDirectories(
                base, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path probe = Files.createTempFile(dataDirectory, "link", ".probe");
        Path link = base.resolve(probe.getFileName());
        try {
            Files.createLink(link, probe);
        } catch (FileSystemException e) {
            throw new MachineException(
                    "jails at " + base + " (on " + Files.getFileStore(base) + ") cannot have disks of " + dataDirectory
                            + " (on " + Files.getFileStore(dataDirectory) + ") linked into them: " + e.getReason()
                            + "; configure a place for jails on the file system of the data directory, or none",
                    e);
        } finally {
            Files.deleteIfExists(link);
            Files.delete(probe);
        }
    }
}
