package dev.execlaw.gateway;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The providers of this server, in the order of the configuration. Immutable. */
public final class Providers {

    /** Id of the built-in scripted model. */
    public static final String DEMO = "demo";

    private static final int LONGEST_MODEL = 200;

    private final Map<String, ProviderSettings> byId = new LinkedHashMap<>();

    public Providers(List<ProviderSettings> settings) {
        for (ProviderSettings provider : settings) {
            if (byId.put(provider.id(), provider) != null) {
                throw new IllegalArgumentException("provider " + provider.id() + " is configured twice");
            }
        }
    }

    /** What a server offers that is not told otherwise. */
    public static Providers defaults() {
        return new Providers(List.of(
                new ProviderSettings(
                        DEMO, "Demo (built in, no key)", ProviderSettings.Kind.DEMO, null, false, List.of("demo")),
                new ProviderSettings(
                        "openrouter",
                        "OpenRouter",
                        ProviderSettings.Kind.OPENROUTER,
                        "https://openrouter.ai/api/v1",
                        true,
                        List.of("openrouter/auto")),
                new ProviderSettings(
                        "openai",
                        "OpenAI",
                        ProviderSettings.Kind.OPENAI_COMPATIBLE,
                        "https://api.openai.com/v1",
                        true,
                        List.of("gpt-4o-mini", "gpt-4o")),
                new ProviderSettings(
                        "anthropic",
                        "Anthropic",
                        ProviderSettings.Kind.ANTHROPIC,
                        "https://api.anthropic.com/v1",
                        true,
                        List.of("claude-sonnet-5-5"))));
    }

    /** All of them. */
    public List<ProviderSettings> list() {
        return List.copyOf(byId.values());
    }

    /** The one with this id. */
    public Optional<ProviderSettings> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /**
     * The provider, if it exists and may have this model. Only the built-in model's list is complete; any other name goes
     * to the provider, who knows.
     *
     * @throws ProblemException with {@code UNKNOWN_PROVIDER} or {@code UNKNOWN_MODEL}
     */
    public ProviderSettings require(String id, String model) {
        ProviderSettings provider = find(id).orElseThrow(() -> new ProblemException(
                ErrorCode.UNKNOWN_PROVIDER,
                "There is no provider \"" + id + "\".",
                "Use one of: " + String.join(", ", byId.keySet()) + "."));
        boolean known = provider.models().contains(model);
        boolean possible = provider.kind() != ProviderSettings.Kind.DEMO
                && !model.isBlank()
                && model.length() <= LONGEST_MODEL
                && model.chars().noneMatch(c -> Character.isISOControl(c) || Character.isWhitespace(c));
        if (!known && !possible) {
            throw new ProblemException(
                    ErrorCode.UNKNOWN_MODEL,
                    "Provider " + id + " has no model \"" + model + "\".",
                    "Use one of: " + String.join(", ", provider.models()) + ".");
        }
        return provider;
    }
}
