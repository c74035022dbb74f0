package dev.execlaw.doctor.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Whether the data directory can be written, and by nobody else be read. */
final class DataDirectoryCheck implements Check {

    @Override
    public String name() {
        return "data directory";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        Path directory = host.dataDirectory();
        Path existing = host.existingDataDirectory();
        if (!Files.isDirectory(existing)) {
            return Finding.fail(existing + " is not a directory", "choose another place with --data-dir");
        }
        if (!Files.isWritable(existing)) {
            return Finding.fail(
                    existing + " is not writable for this user",
                    "run as its owner, or choose another place with --data-dir");
        }
        if (!Files.exists(directory)) {
            return Finding.ok(directory + " is not there yet; it can be made");
        }
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(directory);
        String seen = directory + " " + PosixFilePermissions.toString(mode);
        return mode.equals(PosixFilePermissions.fromString("rwx------"))
                ? Finding.ok(seen)
                : Finding.warn(seen, "it holds secrets: chmod 0700 " + directory);
    }
}
