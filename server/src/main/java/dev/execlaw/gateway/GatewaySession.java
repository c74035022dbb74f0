package dev.execlaw.gateway;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One session as the gateway knows it.
 *
 * @param id session id; part of the guest's base URL ({@code /s/ID/v1})
 * @param token bearer token of the guest, worth nothing elsewhere
 * @param route where the next call goes; asked at every call
 * @param texts text of a message by its reference token; empty for an unknown token, which is then left as it is
 * @param listener who is told
 * @param forebears whom its guest was cloned from: an agent that it has in memory still uses their names
 * @param meter of what its calls spend
 */
public record GatewaySession(
        String id,
        String token,
        Supplier<Route> route,
        Function<String, Optional<MessageText>> texts,
        TrafficListener listener,
        List<Forebear> forebears,
        Meter meter) {

    public GatewaySession {
        forebears = List.copyOf(forebears);
    }

    /** One that may spend what it likes. */
    public GatewaySession(
            String id,
            String token,
            Supplier<Route> route,
            Function<String, Optional<MessageText>> texts,
            TrafficListener listener,
            List<Forebear> forebears) {
        this(id, token, route, texts, listener, forebears, Meter.FREE);
    }

    /** One whose guest was never another's. */
    public GatewaySession(
            String id,
            String token,
            Supplier<Route> route,
            Function<String, Optional<MessageText>> texts,
            TrafficListener listener) {
        this(id, token, route, texts, listener, List.of());
    }

    @Override
    public String toString() {
        return "GatewaySession[" + id + "]";
    }

    /** A session that this one's guest was, and the token it had then. */
    public record Forebear(String id, String token) {

        @Override
        public String toString() {
            return "Forebear[" + id + "]";
        }
    }

    /** A message that went to the agent by reference. */
    public record MessageText(String id, String text) {}

    /**
     * Provider and model of the next call, and what the session adds to it.
     *
     * @param apiKey real key of the provider, null where it needs none
     * @param reasoningEffort as OpenAI names it; providers put it into their own words
     */
    public record Route(
            String provider,
            String model,
            @Nullable String apiKey,
            @Nullable String systemPrompt,
            @Nullable Double temperature,
            @Nullable Integer maxTokens,
            @Nullable String reasoningEffort) {

        /** One that leaves the reasoning to the agent and the provider. */
        public Route(
                String provider,
                String model,
                @Nullable String apiKey,
                @Nullable String systemPrompt,
                @Nullable Double temperature,
                @Nullable Integer maxTokens) {
            this(provider, model, apiKey, systemPrompt, temperature, maxTokens, null);
        }

        @Override
        public String toString() {
            return "Route[" + provider + "/" + model + "]";
        }
    }
}
