package dev.execlaw.session;

import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.gateway.TrafficListener;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a session needs at the gateway: the guest's token, and the user's key, which never leaves the server.
 *
 * @param apiKey the user's key, null where the session has none
 */
record Credentials(
        SessionParts parts, String session, @Nullable String apiKey) {

    private static final SecureRandom RANDOM = new SecureRandom();

    /** A token for one run of a guest, 192 bits. */
    static String newToken() {
        byte[] bytes = new byte[24];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    GatewaySession gatewaySession(SessionSettings settings, String token, TrafficListener listener) {
        GatewaySession.Route route = new GatewaySession.Route(
                settings.provider(),
                settings.model(),
                apiKey != null
                        ? apiKey
                        : parts.models().keys().apply(settings.provider()).orElse(null),
                settings.systemPrompt(),
                settings.temperature(),
                settings.maxTokens());
        return new GatewaySession(session, token, () -> route, this::text, listener);
    }

    private Optional<GatewaySession.MessageText> text(String reference) {
        return parts.messages()
                .byToken(session, reference)
                .map(row -> new GatewaySession.MessageText(row.id(), row.text()));
    }

    @Override
    public String toString() {
        return "Credentials[" + session + "]";
    }
}
