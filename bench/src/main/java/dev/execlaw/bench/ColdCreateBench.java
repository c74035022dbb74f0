package dev.execlaw.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Cold create to agent prompt, end to end through the API, with the share of each step. */
public final class ColdCreateBench {

    private static final int RUNS = 5;

    private ColdCreateBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory (its image is built if there is none)
     */
    public static void main(String[] args) throws IOException {
        try (RunningProduct product = new RunningProduct(Path.of(args[0]), Path.of(args[1]), 18_081)) {
            double[] total = new double[RUNS];
            Map<String, List<Double>> steps = new LinkedHashMap<>();
            for (int run = 0; run < RUNS; run++) {
                long begin = System.nanoTime();
                String id = product.create();
                product.awaitIdle(id);
                total[run] = (System.nanoTime() - begin) / 1e9;
                for (JsonNode step : product.session(id).path("boot")) {
                    steps.computeIfAbsent(step.path("step").asString(), _ -> new ArrayList<>())
                            .add(step.path("ms").asDouble());
                }
                product.delete(id);
            }
            Figures figures = new Figures("Cold create to agent prompt")
                    .add("create to idle agent", total, "s", "<= 12 s on 4 cores without KVM");
            steps.forEach((step, samples) -> figures.add(
                    "step " + step,
                    samples.stream().mapToDouble(Double::doubleValue).toArray(),
                    "ms",
                    ""));
            figures.print();
        }
    }
}
