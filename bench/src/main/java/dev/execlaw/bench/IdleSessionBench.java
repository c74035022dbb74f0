package dev.execlaw.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What sessions cost that do nothing: memory of the daemon, memory and CPU time of their VMMs. */
public final class IdleSessionBench {

    private static final int SESSIONS = 10;
    private static final Duration SETTLE = Duration.ofSeconds(12);
    private static final Duration WATCHED = Duration.ofSeconds(30);
    private static final int PORT = 18_084;

    private IdleSessionBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory (its image is built if there is none)
     */
    public static void main(String[] args) throws IOException {
        Path data = Path.of(args[1]);
        try (RunningProduct product = new RunningProduct(Path.of(args[0]), data, PORT)) {
            // One session comes and goes first, so that what any first session loads is not counted as its own.
            String first = product.create();
            product.awaitIdle(first);
            product.delete(first);
            RunningProduct.leaveIdle(SETTLE);
            long before = product.residentKiB();
            List<String> sessions = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                sessions.add(product.create());
                product.awaitIdle(sessions.getLast());
            }
            RunningProduct.leaveIdle(SETTLE);
            double each = (product.residentKiB() - before) / 1024.0 / SESSIONS;
            double[] cpu = cpuOfVmms(sessions);
            double[] memory = new double[SESSIONS];
            for (int i = 0; i < SESSIONS; i++) {
                memory[i] = proportionalKiB(vmm(sessions.get(i))) / 1024.0;
            }
            new Figures("Idle sessions")
                    .add("daemon RSS per idle session", String.format("%.2f MiB", each), "<= 1 MB")
                    .add("CPU of an idle VMM", cpu, "% of a core", "<= 0.5 % (kept for later)")
                    .add("PSS of an idle VMM, 1 GiB guest", memory, "MiB", "")
                    .print();
            for (String session : sessions) {
                product.delete(session);
            }
        }
    }

    private static double[] cpuOfVmms(List<String> sessions) throws IOException {
        double[] before = new double[sessions.size()];
        long[] pids = new long[sessions.size()];
        for (int i = 0; i < pids.length; i++) {
            pids[i] = vmm(sessions.get(i));
            before[i] = cpuTicks(pids[i]);
        }
        RunningProduct.leaveIdle(WATCHED);
        double[] share = new double[pids.length];
        for (int i = 0; i < pids.length; i++) {
            // A tick is 1/100 s on every Linux that this runs on (proc(5), USER_HZ).
            share[i] = (cpuTicks(pids[i]) - before[i]) / WATCHED.toSeconds();
        }
        return share;
    }

    private static long vmm(String session) throws IOException {
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            Path commandLine = Path.of("/proc/" + process.pid() + "/cmdline");
            if (Files.exists(commandLine)
                    && Files.readString(commandLine, StandardCharsets.ISO_8859_1)
                            .contains("guest=" + session)) {
                return process.pid();
            }
        }
        throw new IOException("no VMM of session " + session);
    }

    /** User and system time, fields 14 and 15 of proc(5)'s stat; the name in field 2 may hold spaces. */
    private static double cpuTicks(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
    }

    private static long proportionalKiB(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            if (line.startsWith("Pss:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no Pss in /proc/" + pid + "/smaps_rollup");
    }
}
