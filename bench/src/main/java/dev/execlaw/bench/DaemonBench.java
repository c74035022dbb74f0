package dev.execlaw.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Start of the daemon until it answers, from the call of the launcher on, as a user sees it; and its resident memory
 * when idle. The first run, which may build, is not counted.
 */
public final class DaemonBench {

    private static final int RUNS = 7;
    private static final Duration SETTLE = Duration.ofSeconds(12);
    private static final int PORT = 18_083;

    private DaemonBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory (its image is built if there is none)
     */
    public static void main(String[] args) throws IOException {
        Path launcher = Path.of(args[0]);
        Path data = Path.of(args[1]);
        new RunningProduct(launcher, data, PORT).close();
        double[] start = new double[RUNS];
        double[] listening = new double[RUNS];
        double[] resident = new double[RUNS];
        for (int run = 0; run < RUNS; run++) {
            long began = System.nanoTime();
            try (RunningProduct product = new RunningProduct(launcher, data, PORT)) {
                start[run] = (System.nanoTime() - began) / 1e6;
                listening[run] = product.listeningAfterMillis();
                RunningProduct.leaveIdle(SETTLE);
                resident[run] = product.residentKiB() / 1024.0;
            }
        }
        new Figures("Daemon start")
                .add("launcher called to /health answered", start, "ms", "<= 2,000 ms")
                .add("start of Java to listening", listening, "ms", "<= 500 ms")
                .add("RSS after " + SETTLE.toSeconds() + " s idle", resident, "MiB", "<= 114 MiB (120 MB)")
                .print();
    }
}
