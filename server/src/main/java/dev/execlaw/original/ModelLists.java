package dev.execlaw.original;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models that a page offers for a provider. */
@FunctionalInterface
public interface ModelLists {

    /** The models of a provider, one of them the default; empty when there is no such provider. */
    Optional<List<Model>> of(String provider);

    /**
     * A model as a page offers it.
     *
     * @param free whether it costs nothing
     */
    record Model(
            String id, String name, @JsonProperty("default") boolean isDefault, boolean free) {}

    /** For providers whose models the configuration does not name. */
    Map<String, List<String>> KNOWN = Map.of(
            "anthropic",
            List.of("claude-sonnet-4-20250514", "claude-opus-4-20250514", "claude-3-5-haiku-20241022"),
            "openai",
            List.of("gpt-4.1", "gpt-4.1-mini", "o4-mini"),
            "openrouter",
            List.of("google/gemma-3-27b-it:free", "openrouter/auto"));

    /** What the configuration names, else what is known without asking; the first is the default. */
    static ModelLists of(Providers providers) {
        return provider -> {
            List<String> configured =
                    providers.find(provider).map(ProviderSettings::models).orElse(List.of());
            List<String> ids = configured.isEmpty() ? KNOWN.getOrDefault(provider, List.of()) : configured;
            if (ids.isEmpty() && providers.find(provider).isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(ids.stream()
                    .map(id -> new Model(
                            id, id, id.equals(ids.getFirst()), id.endsWith(":free") || provider.equals("demo")))
                    .toList());
        };
    }
}
