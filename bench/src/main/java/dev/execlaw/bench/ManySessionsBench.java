package dev.execlaw.bench;

import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A hundred sessions one after another, all alive, each answering; then all asleep on disk. */
public final class ManySessionsBench {

    private static final int SESSIONS = 100;
    private static final int LADEN = 5;
    private static final Duration TURN = Duration.ofMinutes(1);
    private static final Duration TEMPLATE = Duration.ofMinutes(5);
    private static final Duration SETTLE = Duration.ofSeconds(20);
    private static final Duration WATCHED = Duration.ofSeconds(20);
    private static final int PORT = 18_087;

    private ManySessionsBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory (its image is built if there is none)
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path launcher = Path.of(args[0]);
        Path data = Path.of(args[1]);
        if (!Namespace.inside(args)) {
            try (RunningProduct product = new RunningProduct(launcher, data, PORT)) {
                product.residentKiB(); // it has an image now, whose packages could not be had inside
            }
            Namespace.enter(ManySessionsBench.class, args);
            return;
        }
        Figures figures = new Figures("Many sessions");
        try (RunningProduct product = new RunningProduct(
                launcher, data, PORT, Map.of("EXECLAW_NETWORK_MODE", "tap", "EXECLAW_SESSION_CHECKPOINTS", "false"))) {
            RunningProduct.await("a template", TEMPLATE, () -> cloned(product));
            double before = availableMiB();
            List<String> ids = alive(product, figures);
            RunningProduct.leaveIdle(SETTLE);
            memory(product, ids, before, figures);
            processor(ids, figures);
            laden(product, figures);
            asleep(product, data, ids, before, figures);
            for (String id : ids) {
                product.delete(id);
            }
        }
        figures.print();
    }

    private static boolean cloned(RunningProduct product) {
        try {
            String id = ready(product);
            String boot = product.session(id).path("boot").toString();
            product.delete(id);
            return boot.contains("\"clone\"") || boot.contains("\"pool\"");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> alive(RunningProduct product, Figures figures) throws IOException {
        List<String> ids = new ArrayList<>();
        double[] create = new double[SESSIONS];
        double[] turn = new double[SESSIONS];
        for (int i = 0; i < SESSIONS; i++) {
            long begin = System.nanoTime();
            ids.add(ready(product));
            create[i] = since(begin);
        }
        for (int i = 0; i < SESSIONS; i++) {
            long begin = System.nanoTime();
            String answer = product.turn(ids.get(i), "run echo here-$((6 * 7))", TURN);
            turn[i] = since(begin);
            if (!answer.contains("here-42")) {
                throw new IOException("session " + ids.get(i) + " answered \"" + answer + "\"");
            }
        }
        figures.add("create to idle agent, one after another", create, "ms", "");
        figures.add("a turn with one command, " + SESSIONS + " sessions alive", turn, "ms", "");
        return ids;
    }

    private static void memory(RunningProduct product, List<String> ids, double before, Figures figures)
            throws IOException {
        double[] shares = new double[ids.size()];
        double sum = product.residentKiB() / 1024.0;
        for (int i = 0; i < shares.length; i++) {
            shares[i] = VmmProcess.of(ids.get(i)).proportionalMiB();
            sum += shares[i];
        }
        figures.add("PSS of a VMM that has answered", shares, "MiB", "<= 45 MB idle");
        figures.add("all VMMs and the daemon (PSS, RSS)", "%.0f MiB".formatted(sum), "<= 12 GiB");
        figures.add("what the host has available less", "%.0f MiB".formatted(before - availableMiB()), "");
    }

    private static void processor(List<String> ids, Figures figures) throws IOException {
        double[] share = new double[ids.size()];
        List<VmmProcess> vmms = new ArrayList<>();
        for (int i = 0; i < share.length; i++) {
            vmms.add(VmmProcess.of(ids.get(i)));
            share[i] = vmms.get(i).cpuTicks();
        }
        RunningProduct.leaveIdle(WATCHED);
        for (int i = 0; i < share.length; i++) {
            share[i] = (vmms.get(i).cpuTicks() - share[i]) / WATCHED.toSeconds();
        }
        figures.add("CPU of a session with nothing to do", share, "% of a core", "<= 0.5 %");
    }

    /** Machines that have changed much of their memory. */
    private static void laden(RunningProduct product, Figures figures) throws IOException {
        double[] pause = new double[LADEN];
        double[] resume = new double[LADEN];
        for (int i = 0; i < LADEN; i++) {
            String id = ready(product);
            product.turn(id, "run head -c 100000000 /dev/urandom > /dev/shm/laden", TURN);
            long begin = System.nanoTime();
            product.send("POST", "/sessions/" + id + "/pause", "{}", 200);
            pause[i] = since(begin);
            begin = System.nanoTime();
            product.send("POST", "/sessions/" + id + "/resume", "{}", 200);
            resume[i] = since(begin);
            product.delete(id);
        }
        figures.add("pause with 100 MB changed", pause, "ms", "<= 300 ms");
        figures.add("resume from that to idle agent", resume, "ms", "p50 <= 80 ms");
    }

    private static void asleep(RunningProduct product, Path data, List<String> ids, double before, Figures figures)
            throws IOException, InterruptedException {
        double[] pause = new double[ids.size()];
        double[] disk = new double[ids.size()];
        for (int i = 0; i < pause.length; i++) {
            long begin = System.nanoTime();
            product.send("POST", "/sessions/" + ids.get(i) + "/pause", "{}", 200);
            pause[i] = since(begin);
            disk[i] = allocatedMiB(data.resolve("machines").resolve(ids.get(i)));
        }
        figures.add("pause", pause, "ms", "");
        figures.add("disk of a sleeping session", disk, "MiB", "<= 15 MB");
        RunningProduct.leaveIdle(SETTLE);
        figures.add(
                "what the host has available less, all asleep", "%.0f MiB".formatted(before - availableMiB()), "0 MB");
    }

    /** What the files of a directory take of the disk. */
    private static double allocatedMiB(Path directory) throws IOException, InterruptedException {
        String said = Command.of("du", "--summarize", "--block-size=1K", directory.toString())
                .timeout(Duration.ofSeconds(30))
                .runOrThrow()
                .stdout();
        return Long.parseLong(said.substring(0, said.indexOf('\t'))) / 1024.0;
    }

    private static double availableMiB() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
            if (line.startsWith("MemAvailable:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IOException("no MemAvailable in /proc/meminfo");
    }

    private static String ready(RunningProduct product) throws IOException {
        String id = product.create();
        product.awaitIdle(id);
        return id;
    }

    private static double since(long begin) {
        return (System.nanoTime() - begin) / 1e6;
    }
}
