package dev.execlaw.web.stub;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was spent: today on two models, and ninety days ago on one. */
final class StubUsage {

    private StubUsage() {}

    static Map<String, Object> report(@Nullable String from) {
        LocalDate today = LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC);
        LocalDate first = from == null ? today.minusDays(30) : LocalDate.parse(from);
        List<Map<String, Object>> lines = List.of(
                line(today.minusDays(80), "demo", "demo-2", 4, 900, 100, 0.0, 0, 0),
                line(today, "demo", "demo-1", 12, 40_000, 2_000, 0.0, 0, 1),
                line(today, "openrouter", "z-ai/glm-5", 30, 1_200_000, 50_000, 1.25, 2, 0));
        return Map.of(
                "from",
                first.toString(),
                "to",
                today.toString(),
                "cost",
                1.25,
                "lines",
                lines.stream()
                        .filter(l -> !LocalDate.parse((String) l.get("day")).isBefore(first))
                        .toList());
    }

    private static Map<String, Object> line(
            LocalDate day,
            String provider,
            String model,
            long requests,
            long input,
            long output,
            double cost,
            long unpriced,
            long estimated) {
        var line = new LinkedHashMap<String, Object>();
        line.put("day", day.toString());
        line.put("provider", provider);
        line.put("model", model);
        line.put("requests", requests);
        line.put("inputTokens", input);
        line.put("outputTokens", output);
        line.put("cachedInputTokens", 0);
        line.put("reasoningTokens", 0);
        line.put("cost", cost);
        line.put("unpriced", unpriced);
        line.put("estimated", estimated);
        return line;
    }
}
