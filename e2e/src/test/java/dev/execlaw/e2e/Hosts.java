package dev.execlaw.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What can be seen of the host from outside the product. */
final class Hosts {

    private Hosts() {}

    /** Living processes that tell a path by their command line or, in a jail, by their standard output. */
    static List<ProcessHandle> processesNaming(Path path) {
        return ProcessHandle.allProcesses()
                .filter(process -> tells(process.pid(), path.toString()))
                .toList();
    }

    /** Whether a process has this text on its command line or in the name of its standard output. */
    static boolean tells(long pid, String text) {
        return commandLine(pid).contains(text) || output(pid).toString().contains(text);
    }

    private static Path output(long pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/1"));
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
