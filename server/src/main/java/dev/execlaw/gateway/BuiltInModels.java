package dev.execlaw.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Models and prices that were documented on a certain day, for when a provider cannot be asked. Read when it is first
 * needed; immutable.
 */
final class BuiltInModels {

    private static final String RESOURCE = "models.json";
    private static final String DATED = "-(?:\\d{8}|\\d{4}-\\d{2}-\\d{2})$";

    private static final Price FREE = new Price(0, 0, 0.0);

    private final LocalDate asOf;
    private final Map<String, List<ModelInfo>> models = new HashMap<>();

    private BuiltInModels(JsonNode data) {
        asOf = LocalDate.parse(data.path("asOf").asString(""));
        for (Map.Entry<String, JsonNode> provider : data.properties()) {
            List<ModelInfo> list = new ArrayList<>();
            for (JsonNode model : provider.getValue()) {
                list.add(model(model, list.isEmpty()));
            }
            if (!list.isEmpty()) {
                models.put(provider.getKey(), List.copyOf(list));
            }
        }
    }

    private static ModelInfo model(JsonNode model, boolean first) {
        Price price = null;
        if (model.has("input")) {
            price = new Price(
                    model.get("input").doubleValue(), model.get("output").doubleValue(), number(model.path("cached")));
        }
        JsonNode context = model.path("context");
        return new ModelInfo(
                model.get("id").stringValue(),
                model.get("name").stringValue(),
                context.isNumber() ? (Integer) context.intValue() : null,
                price,
                first);
    }

    private static @Nullable Double number(JsonNode node) {
        return node.isNumber() ? (Double) node.doubleValue() : null;
    }

    private static final class Loaded {
        static final BuiltInModels ONE = load();

        private static BuiltInModels load() {
            try (InputStream in = Objects.requireNonNull(BuiltInModels.class.getResourceAsStream(RESOURCE), RESOURCE)) {
                return new BuiltInModels(Json.MAPPER.readTree(in));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The day on which this was so. */
    static LocalDate asOf() {
        return Loaded.ONE.asOf;
    }

    /** Those of a provider, the preferred one first; none for one that could have any. */
    static List<ModelInfo> of(ProviderSettings provider) {
        return Loaded.ONE.models.getOrDefault(list(provider), List.of());
    }

    /** The one of this name, or the one that this is a dated version of. */
    static Optional<ModelInfo> find(ProviderSettings provider, String model) {
        String undated = model.replaceFirst(DATED, "");
        return of(provider).stream()
                .filter(known -> known.id().equals(model) || known.id().equals(undated))
                .findFirst();
    }

    /** What it cost then; the demo costs nothing. */
    static Optional<Price> price(ProviderSettings provider, String model) {
        return provider.kind() == ProviderSettings.Kind.DEMO
                ? Optional.of(FREE)
                : find(provider, model).flatMap(known -> Optional.ofNullable(known.price()));
    }

    private static String list(ProviderSettings provider) {
        return switch (provider.kind()) {
            case DEMO -> "";
            case OPENROUTER -> "openrouter";
            case ANTHROPIC -> "anthropic";
            case OPENAI_COMPATIBLE ->
                OpenAiModel.SERVED_AT.equals(URI.create(Objects.requireNonNull(provider.baseUrl()))
                                .getHost())
                        ? "openai"
                        : "";
        };
    }
}
