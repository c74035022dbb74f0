package dev.execlaw.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** How long a stop takes, from its request to the end of the turn and an idle agent, on a real machine. */
public final class InterruptBench {

    private static final int RUNS = 10;
    private static final int PORT = 18_083;
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private InterruptBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory (its image is built if there is none)
     */
    public static void main(String[] args) throws IOException {
        Figures figures = new Figures("Stopping a turn");
        try (RunningProduct product = new RunningProduct(Path.of(args[0]), Path.of(args[1]), PORT)) {
            String id = product.create();
            product.awaitIdle(id);
            String target = "<= 500 ms";
            figures.add("while the answer streams", stops(product, id, "slow 20 600", "message"), "ms", target);
            figures.add("while a tool runs", stops(product, id, "run sleep 600", "tool_call"), "ms", target);
            figures.add(
                    "as soon as the turn has begun", stops(product, id, "slow 20 600", "turn_started"), "ms", target);
            product.delete(id);
        }
        figures.print();
    }

    /** Begins a turn, waits for an event of it, and stops it, again and again. */
    private static double[] stops(RunningProduct product, String id, String message, String event) throws IOException {
        double[] took = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            long before = last(product.eventsAfter(id, 0));
            product.send("POST", "/sessions/" + id + "/messages", "{\"text\":\"" + message + "\"}", 202);
            RunningProduct.await(event, LIMIT, () -> seen(product.eventsAfter(id, before), event));
            long begin = System.nanoTime();
            product.send("POST", "/sessions/" + id + "/interrupt", "{}", 202);
            RunningProduct.await("the end", LIMIT, () -> seen(product.eventsAfter(id, before), "turn_finished"));
            took[i] = (System.nanoTime() - begin) / 1e6;
            product.awaitIdle(id);
        }
        return took;
    }

    private static boolean seen(List<JsonNode> events, String type) {
        return events.stream().anyMatch(event -> event.path("type").asString().equals(type));
    }

    private static long last(List<JsonNode> events) {
        return events.isEmpty() ? 0 : events.getLast().path("seq").asLong();
    }
}
