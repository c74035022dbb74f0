package dev.execlaw.web.stub;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What providers offer: {@code demo} two built-in models, {@code openrouter} a long list with prices, {@code local} none.
 * Any thread may use it.
 */
final class StubModels {

    private static final int MANY = 300;

    private volatile String from = "live";
    private volatile CountDownLatch gate = new CountDownLatch(0);

    /** Where the list of {@code openrouter} is said to be from. */
    void from(String where) {
        from = where;
    }

    /** Lists wait from now on until they are let go. */
    void hold() {
        gate = new CountDownLatch(1);
    }

    void letGo() {
        gate.countDown();
    }

    /** Null where there is no such provider, or its list is to fail. */
    @Nullable
    Map<String, Object> list(String provider) throws InterruptedException {
        if (!gate.await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the test held the models of " + provider + " back for 60 s");
        }
        if (from.equals("broken")) {
            return null;
        }
        return switch (provider) {
            case "demo" ->
                listing(
                        "configured",
                        List.of(
                                model("demo-1", "demo-1", null, 0.0, 0.0, true),
                                model("demo-2", "demo-2", null, 0.0, 0.0, false)));
            case "openrouter" -> listing(from, routed());
            case "local" -> listing("configured", List.of());
            default -> null;
        };
    }

    private static List<Map<String, Object>> routed() {
        var all = new ArrayList<Map<String, Object>>();
        all.add(model("z-ai/glm-5", "Z.AI: GLM 5", 202_752, 0.6, 2.2, true));
        all.add(model("deepseek/deepseek-v4", "DeepSeek: V4", 163_840, 0.27, 1.1, false));
        all.add(model("arcee-ai/trinity:free", "Arcee: Trinity", 131_072, 0.0, 0.0, false));
        all.add(model("openrouter/auto", "Auto", 2_000_000, null, null, false));
        for (int i = 1; i <= MANY; i++) {
            all.add(model("many/model-" + i, "Many: Model " + i, 32_000, 1.0, 2.0, false));
        }
        return all;
    }

    private static Map<String, Object> listing(String from, List<Map<String, Object>> models) {
        var listing = new LinkedHashMap<String, Object>();
        listing.put("models", models);
        listing.put("from", from);
        listing.put("asOf", from.equals("configured") ? null : "2026-11-18T09:30:00Z");
        return listing;
    }

    private static Map<String, Object> model(
            String id,
            String name,
            @Nullable Integer context,
            @Nullable Double input,
            @Nullable Double output,
            boolean preferred) {
        var model = new LinkedHashMap<String, Object>();
        model.put("id", id);
        model.put("name", name);
        model.put("contextLength", context);
        model.put("inputPricePerMillion", input);
        model.put("outputPricePerMillion", output);
        model.put("free", input != null && input == 0 && output != null && output == 0);
        model.put("default", preferred);
        return model;
    }
}
