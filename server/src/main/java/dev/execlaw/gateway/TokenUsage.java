package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads the {@code usage} of an answer, with the places where providers put what OpenAI has no field for. */
final class TokenUsage {

    private TokenUsage() {}

    /** The event that tells it. */
    static EventPayload.Usage event(String model, JsonNode usage) {
        Long cached = number(usage.path("prompt_tokens_details").path("cached_tokens"));
        // DeepSeek has a name of its own for it.
        Long hit = cached == null ? number(usage.path("prompt_cache_hit_tokens")) : cached;
        JsonNode cost = usage.path("cost");
        return new EventPayload.Usage(
                model,
                usage.path("prompt_tokens").asLong(0),
                usage.path("completion_tokens").asLong(0),
                hit,
                number(usage.path("completion_tokens_details").path("reasoning_tokens")),
                cost.isNumber() ? (Double) cost.doubleValue() : null);
    }

    private static @Nullable Long number(JsonNode node) {
        return node.isNumber() ? (Long) node.asLong(0) : null;
    }
}
