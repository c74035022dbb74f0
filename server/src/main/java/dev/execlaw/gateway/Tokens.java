package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.GatewaySession.Route;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Counts of tokens: as a provider reports them, or guessed where it does not come to. */
final class Tokens {

    /** About how many characters of English a token has; other texts have fewer. */
    private static final int CHARACTERS = 4;

    private Tokens() {}

    /** Guessed from the length of a text. */
    static long of(long characters) {
        return (characters + CHARACTERS - 1) / CHARACTERS;
    }

    /** What a request will be read as; pictures are not counted. */
    static long prompt(JsonNode request) {
        long characters = request.path("tools").isArray()
                ? request.get("tools").toString().length()
                : 0;
        for (JsonNode message : request.path("messages")) {
            characters += Json.text(message.path("content")).length();
            JsonNode calls = message.path("tool_calls");
            characters += calls.isArray() ? calls.toString().length() : 0;
        }
        return of(characters);
    }

    /** As the provider reports it; {@code cost} where it says that too. */
    static EventPayload.Usage reported(Route route, String model, JsonNode usage) {
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
                cost.isNumber() && cost.asDouble() >= 0 ? (Double) cost.asDouble() : null,
                route.provider(),
                null);
    }

    /** Guessed, as the answer was cut before the provider reported. */
    static EventPayload.Usage guessed(Route route, String model, long prompt, long answer) {
        return new EventPayload.Usage(model, prompt, answer, null, null, null, route.provider(), true);
    }

    private static @Nullable Long number(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong() && node.asLong() >= 0 ? (Long) node.asLong() : null;
    }
}
