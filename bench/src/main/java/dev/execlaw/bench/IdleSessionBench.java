package dev.execlaw.bench;

import java.io.IOException;
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
                memory[i] = VmmProcess.of(sessions.get(i)).proportionalMiB();
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
        List<VmmProcess> vmms = new ArrayList<>();
        for (int i = 0; i < before.length; i++) {
            vmms.add(VmmProcess.of(sessions.get(i)));
            before[i] = vmms.get(i).cpuTicks();
        }
        RunningProduct.leaveIdle(WATCHED);
        double[] share = new double[before.length];
        for (int i = 0; i < before.length; i++) {
            // A tick is 1/100 s on every Linux that this runs on (proc(5), USER_HZ).
            share[i] = (vmms.get(i).cpuTicks() - before[i]) / WATCHED.toSeconds();
        }
        return share;
    }
}
