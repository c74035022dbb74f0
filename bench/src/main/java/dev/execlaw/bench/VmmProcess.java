package dev.execlaw.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The VMM of a session, as the host's process table shows it (proc(5)). */
record VmmProcess(long pid) {

    /** That of a session; QEMU has its name in the command line. */
    static VmmProcess of(String session) throws IOException {
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            Path commandLine = Path.of("/proc/" + process.pid() + "/cmdline");
            if (Files.exists(commandLine)
                    && Files.readString(commandLine, StandardCharsets.ISO_8859_1)
                            .contains("guest=" + session)) {
                return new VmmProcess(process.pid());
            }
        }
        throw new IOException("no VMM of session " + session);
    }

    /** Its share of memory (PSS), MiB. */
    double proportionalMiB() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            if (line.startsWith("Pss:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IOException("no Pss in /proc/" + pid + "/smaps_rollup");
    }

    /** User and system time, hundredths of a second: fields 14 and 15 of stat; the name in field 2 may hold spaces. */
    double cpuTicks() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
    }
}
