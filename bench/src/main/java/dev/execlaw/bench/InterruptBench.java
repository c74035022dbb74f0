package dev.execlaw.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * How long a stop takes, from its request to the end of the turn, on a real machine; and how much of it had passed when the
 * events came that tell its way.
 */
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
            Stops streaming = stops(product, id, "slow 20 600", "message");
            figures.add("while the answer streams", streaming.ends(), "ms", target);
            figures.add("of it: the request answered", streaming.answers(), "ms");
            Stops working = stops(product, id, "run sleep 600", "tool_call");
            figures.add("while a tool runs", working.ends(), "ms", target);
            figures.add("of it: the request answered", working.answers(), "ms");
            figures.add("of it: the agent has told its model what came of the tool", working.results(), "ms");
            Stops stubborn = stops(product, id, "run trap '' INT; while :; do sleep 1; done", "tool_call");
            figures.add("while a tool runs that ignores SIGINT", stubborn.ends(), "ms");
            Stops early = stops(product, id, "slow 20 600", "turn_started");
            figures.add("as soon as the turn has begun", early.ends(), "ms", target);
            product.delete(id);
        }
        figures.print();
    }

    /** Of each stop, after how many milliseconds what had happened; results are there of tools alone. */
    private record Stops(double[] ends, double[] answers, double[] results) {}

    /** Begins a turn, waits for an event of it, and stops it, again and again. */
    private static Stops stops(RunningProduct product, String id, String message, String event) throws IOException {
        Stops stops = new Stops(new double[RUNS], new double[RUNS], new double[RUNS]);
        for (int i = 0; i < RUNS; i++) {
            long before = last(product.eventsAfter(id, 0));
            product.send("POST", "/sessions/" + id + "/messages", "{\"text\":\"" + message + "\"}", 202);
            RunningProduct.await(event, LIMIT, () -> seen(product.eventsAfter(id, before), event));
            Instant said = Instant.now();
            long begin = System.nanoTime();
            product.send("POST", "/sessions/" + id + "/interrupt", "{}", 202);
            stops.answers()[i] = (System.nanoTime() - begin) / 1e6;
            RunningProduct.await("the end", LIMIT, () -> seen(product.eventsAfter(id, before), "turn_finished"));
            stops.ends()[i] = (System.nanoTime() - begin) / 1e6;
            stops.results()[i] = result(product.eventsAfter(id, before), said);
            product.awaitIdle(id);
        }
        return stops;
    }

    /** When the result of a tool came, in milliseconds; zero without one. */
    private static double result(List<JsonNode> events, Instant since) {
        return events.stream()
                .filter(event -> event.path("type").asString().equals("tool_result"))
                .mapToDouble(event ->
                        Duration.between(since, Instant.parse(event.path("time").asString()))
                                        .toNanos()
                                / 1e6)
                .max()
                .orElse(0);
    }

    private static boolean seen(List<JsonNode> events, String type) {
        return events.stream().anyMatch(event -> event.path("type").asString().equals(type));
    }

    private static long last(List<JsonNode> events) {
        return events.isEmpty() ? 0 : events.getLast().path("seq").asLong();
    }
}
