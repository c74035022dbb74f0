package dev.execlaw.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Clones, sleep, checkpoints, the way back and forks, end to end through the API, beside the cold start of the same run. */
public final class InstantBench {

    private static final int COLD = 3;
    private static final int CREATES = 20;
    private static final int RUNS = 10;
    private static final int FORKS = 10;
    private static final int BURST = 20;
    private static final int ROW = 12;
    private static final Duration TURN = Duration.ofMinutes(1);
    private static final Duration TEMPLATE = Duration.ofMinutes(5);
    private static final int PORT = 18_082;

    private InstantBench() {}

    /** What is measured. */
    private interface Step {
        void run() throws IOException;
    }

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
            Namespace.enter(InstantBench.class, args);
            return;
        }
        Figures figures = new Figures("Instant sessions");
        cold(launcher, data, figures);
        try (RunningProduct product = product(launcher, data, 0)) {
            RunningProduct.await("a template", TEMPLATE, () -> starts(product, "clone"));
            creates(product, figures);
            oneSession(product, figures);
            burst(product, figures);
        }
        try (RunningProduct product = product(launcher, data, 2)) {
            RunningProduct.await("a pool", TEMPLATE, () -> starts(product, "pool"));
            pooled(product, figures);
        }
        figures.print();
    }

    private static RunningProduct product(Path launcher, Path data, int pool) throws IOException {
        return new RunningProduct(
                launcher, data, PORT, Map.of("EXECLAW_NETWORK_MODE", "tap", "EXECLAW_VM_POOL", String.valueOf(pool)));
    }

    private static void cold(Path launcher, Path data, Figures figures) throws IOException {
        double[] seconds = new double[COLD];
        try (RunningProduct product = new RunningProduct(launcher, data, PORT)) {
            for (int i = 0; i < COLD; i++) {
                String[] id = new String[1];
                seconds[i] = millis(() -> id[0] = ready(product)) / 1000;
                product.delete(id[0]);
            }
        }
        figures.add("cold create to idle agent", seconds, "s", "for comparison");
    }

    /** With the pool: at a person's pace, and one after another as fast as they start. */
    private static void pooled(RunningProduct product, Figures figures) throws IOException {
        double[] slowly = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            String[] id = new String[1];
            slowly[i] = millis(() -> id[0] = ready(product));
            product.turn(id[0], "run uname -a", TURN);
            product.delete(id[0]);
        }
        figures.add("create from the pool to idle agent, a turn between two", slowly, "ms", "p50 <= 40 ms");
        List<String> ids = new ArrayList<>();
        double[] fast = new double[ROW];
        for (int i = 0; i < ROW; i++) {
            fast[i] = millis(() -> ids.add(ready(product)));
        }
        figures.add(ROW + " creates without a pause, with the pool", fast, "ms", "p50 <= 150 ms");
        for (String id : ids) {
            product.delete(id);
        }
    }

    /** Whether a new session starts in this way now. */
    private static boolean starts(RunningProduct product, String step) {
        try {
            String id = ready(product);
            boolean so = product.session(id).path("boot").toString().contains("\"" + step + "\"");
            product.delete(id);
            return so;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void creates(RunningProduct product, Figures figures) throws IOException {
        double[] total = new double[CREATES];
        Map<String, List<Double>> steps = new LinkedHashMap<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < CREATES; i++) {
            total[i] = millis(() -> ids.add(ready(product)));
            for (JsonNode step : product.session(ids.getLast()).path("boot")) {
                steps.computeIfAbsent(step.path("step").asString(), _ -> new ArrayList<>())
                        .add(step.path("ms").asDouble());
            }
        }
        figures.add("create from a template to idle agent", total, "ms", "p50 <= 150 ms, p99 <= 400 ms");
        steps.forEach((step, samples) -> figures.add("step " + step, array(samples), "ms", ""));
        figures.add("PSS of the VMM of an idle clone of 1 GiB", pss(ids), "MiB", "<= 45 MB");
        for (String id : ids) {
            product.delete(id);
        }
    }

    private static double[] pss(List<String> ids) throws IOException {
        List<Double> all = new ArrayList<>();
        for (String id : ids) {
            all.add(VmmProcess.of(id).proportionalMiB());
        }
        return array(all);
    }

    private static void oneSession(RunningProduct product, Figures figures) throws IOException {
        String id = ready(product);
        product.turn(id, "run echo begun", TURN);
        long point = lastTurn(product, id);
        double[] pause = new double[RUNS];
        double[] resume = new double[RUNS];
        double[] rewind = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            pause[i] = millis(() -> post(product, id, "pause", "{}", 200));
            resume[i] = millis(() -> post(product, id, "resume", "{}", 200));
            rewind[i] = millis(() -> post(product, id, "rewind", "{\"seq\":" + point + "}", 200));
        }
        figures.add("pause", pause, "ms", "<= 300 ms with 100 MB dirty; here some MB");
        figures.add("resume to idle agent", resume, "ms", "p50 <= 80 ms");
        figures.add("rewind in place to idle agent, what is undone saved", rewind, "ms", "p50 <= 150 ms");
        List<Double> stood = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            product.turn(id, "run date > /root/date", TURN);
        }
        for (JsonNode event : product.eventsAfter(id, 0)) {
            JsonNode payload = event.path("payload");
            if (event.path("type").asString().equals("checkpoint")
                    && payload.path("kind").asString().equals("turn")) {
                stood.add(payload.path("ms").asDouble());
            }
        }
        figures.add("checkpoint: the guest stands still", array(stood), "ms", "p50 <= 30 ms");
        double fork = millis(() -> {
            JsonNode forks = post(product, id, "fork", "{\"count\":" + FORKS + "}", 201);
            for (JsonNode other : forks.path("sessions")) {
                product.awaitIdle(other.path("id").asString());
            }
        });
        figures.add("fork into " + FORKS + ", all idle", new double[] {fork}, "ms", "<= 1500 ms");
    }

    private static void burst(RunningProduct product, Figures figures) throws IOException {
        long begin = System.nanoTime();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < BURST; i++) {
            ids.add(product.create());
        }
        double[] after = new double[BURST];
        for (int i = 0; i < BURST; i++) {
            product.awaitIdle(ids.get(i));
            after[i] = (System.nanoTime() - begin) / 1e9;
        }
        figures.add(BURST + " creates at once, each idle after", after, "s", "p99 <= 3 s");
    }

    private static long lastTurn(RunningProduct product, String id) throws IOException {
        long[] seq = new long[1];
        RunningProduct.await("the checkpoint of a turn", TURN, () -> {
            try {
                for (JsonNode point : product.send("GET", "/sessions/" + id + "/checkpoints", null, 200)
                        .path("checkpoints")) {
                    if (point.path("kind").asString().equals("turn")) {
                        seq[0] = point.path("seq").asLong();
                    }
                }
                return seq[0] > 0;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        return seq[0];
    }

    private static JsonNode post(RunningProduct product, String id, String verb, String body, int status)
            throws IOException {
        return product.send("POST", "/sessions/" + id + "/" + verb, body, status);
    }

    private static String ready(RunningProduct product) throws IOException {
        String id = product.create();
        product.awaitIdle(id);
        return id;
    }

    private static double millis(Step step) throws IOException {
        long begin = System.nanoTime();
        step.run();
        return (System.nanoTime() - begin) / 1e6;
    }

    private static double[] array(List<Double> samples) {
        return samples.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
