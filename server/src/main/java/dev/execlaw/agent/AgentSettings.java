package dev.execlaw.agent;

import org.jspecify.annotations.Nullable;

/**
 * What an agent must know to reach its model.
 *
 * @param baseUrl of the gateway as the guest sees it, ending in {@code /v1}
 * @param token bearer token for it, worth nothing elsewhere; with {@code direct} the provider's own key
 * @param model name of the model, for the agent's own display; the gateway decides at every call
 * @param direct of a provider that the agent calls itself, at {@code baseUrl}; null for the gateway
 * @param systemPrompt what the user asked the agent to be; the gateway adds it to every call
 */
public record AgentSettings(
        String baseUrl,
        String token,
        String model,
        @Nullable String systemPrompt,
        @Nullable Double temperature,
        @Nullable Integer maxTokens,
        @Nullable Direct direct) {

    /** For the gateway. */
    public AgentSettings(
            String baseUrl,
            String token,
            String model,
            @Nullable String systemPrompt,
            @Nullable Double temperature,
            @Nullable Integer maxTokens) {
        this(baseUrl, token, model, systemPrompt, temperature, maxTokens, null);
    }

    /**
     * A provider that the agent calls itself.
     *
     * @param name under which agents know the provider and where it is; null for an OpenAI-compatible one
     */
    public record Direct(@Nullable String name) {}

    @Override
    public String toString() {
        return "AgentSettings[" + baseUrl + ", " + model + "]";
    }
}
