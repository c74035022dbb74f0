package dev.execlaw.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What can be seen of the host from outside the product. */
final class Hosts {

    private Hosts() {}

    /** Living processes whose command line names a path, or whose root directory is below it: a jail. */
    static List<ProcessHandle> processesNaming(Path path) {
        return ProcessHandle.allProcesses()
                .filter(process -> commandLine(process.pid()).contains(path.toString())
                        || root(process.pid()).startsWith(path))
                .toList();
    }

    /** A process's root directory; the host's own when it is gone. */
    static Path root(long pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/root"));
        } catch (IOException _) {
            return Path.of("/"); // it ended while we looked
        }
    }

    /** A process's command line, its arguments separated by NUL; empty when it is gone. */
    static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return ""; // it ended while we looked
        }
    }
}
