package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** CPU time of processes: fields 14 and 15 of /proc/PID/stat (proc(5)). Any thread may ask. */
final class ProcCpu {

    /** Length of USER_HZ, the clock tick of /proc, which is 100 a second on every architecture that machines run on. */
    private static final Duration TICK = Duration.ofMillis(10);

    /** All threads' time together, in user and kernel mode; empty when the process is gone. */
    Optional<Duration> time(ProcessIdentity process) {
        try {
            String stat = Files.readString(Path.of("/proc", process.pid() + "", "stat"), StandardCharsets.ISO_8859_1);
            // The second field is the program's name in brackets and may itself hold spaces and brackets.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            boolean same = Long.parseLong(fields[19]) == process.startTicks();
            return same
                    ? Optional.of(TICK.multipliedBy(Long.parseLong(fields[11]) + Long.parseLong(fields[12])))
                    : Optional.empty();
        } catch (IOException _) {
            return Optional.empty(); // read while it ended
        }
    }
}
