package dev.execlaw.agent;

import org.jspecify.annotations.Nullable;

/**
 * What an agent must know to reach its model.
 *
 * @param baseUrl of the gateway as the guest sees it, ending in {@code /v1}
 * @param token bearer token for it, worth nothing elsewhere
 * @param model name of the model, for the agent's own display; the gateway decides at every call
 * @param systemPrompt what the user asked the agent to be; the gateway adds it to every call
 */
public record AgentSettings(
        String baseUrl,
        String token,
        String model,
        @Nullable String systemPrompt,
        @Nullable Double temperature,
        @Nullable Integer maxTokens) {

    @Override
    public String toString() {
        return "AgentSettings[" + baseUrl + ", " + model + "]";
    }
}
