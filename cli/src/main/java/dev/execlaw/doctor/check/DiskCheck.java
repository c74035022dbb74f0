package dev.execlaw.doctor.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the data directory's disk has room: an image and its build take about 3 GiB, each session what it writes. */
final class DiskCheck implements Check {

    private static final long FAIL_MIB = 3 * 1024;
    private static final long WARN_MIB = 10 * 1024;

    /** Free space where a path is, in bytes. */
    interface Free {
        long at(Path path) throws IOException;
    }

    private final Free free;

    DiskCheck() {
        this(path -> Files.getFileStore(path).getUsableSpace());
    }

    DiskCheck(Free free) {
        this.free = free;
    }

    @Override
    public String name() {
        return "disk";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        long mib = free.at(host.existingDataDirectory()) >> 20;
        String seen = mib + " MiB free for " + host.dataDirectory();
        String todo = "free some, or choose another place with --data-dir";
        if (mib < FAIL_MIB) {
            return Finding.fail(seen, todo + ": " + FAIL_MIB + " MiB are needed");
        }
        return mib < WARN_MIB ? Finding.warn(seen, todo + ": " + WARN_MIB + " MiB last longer") : Finding.ok(seen);
    }
}
