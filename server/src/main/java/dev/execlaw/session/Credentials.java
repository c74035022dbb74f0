package dev.execlaw.session;

import dev.execlaw.exec.GuestHostKey;
import dev.execlaw.exec.GuestKey;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.gateway.TrafficListener;
import dev.execlaw.microvm.image.GuestFile;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session's secrets: the guest's token for the gateway, the user's key, which never leaves the server, and the key that
 * opens the guest.
 *
 * @param apiKey the user's key, where the session was given one
 * @param guestKey what opens its machine; null for sessions of older builds
 */
record Credentials(
        SessionParts parts,
        String session,
        OwnKey apiKey,
        @Nullable GuestKey guestKey) {

    /** Where the guest's sshd looks for the session's key, besides its user's own list. */
    private static final String AUTHORIZED_KEYS = "/etc/ssh/execlaw_authorized_keys";

    private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);

    private static final SecureRandom RANDOM = new SecureRandom();

    /** A machine-id, as machine-id(5) has it. */
    static String newMachineId() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        bytes[0] |= 1; // never all zero
        return HexFormat.of().formatHex(bytes);
    }

    /** A token for one run of a guest, 192 bits. */
    static String newToken() {
        byte[] bytes = new byte[24];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The session as the gateway knows it; what it is set to is asked anew at each call. */
    GatewaySession gatewaySession(Chronicle chronicle, String token, TrafficListener listener) {
        return new GatewaySession(
                session,
                token,
                () -> route(chronicle.settings()),
                this::text,
                listener,
                forebears(chronicle.settings()),
                chronicle.spending());
    }

    private GatewaySession.Route route(SessionSettings settings) {
        return new GatewaySession.Route(
                settings.provider(),
                settings.model(),
                key(settings).orElse(null),
                settings.systemPrompt(),
                settings.temperature(),
                settings.maxTokens(),
                settings.steering().reasoningEffort());
    }

    /** The session's own key for the provider that it was given for, else the server's. */
    private Optional<String> key(SessionSettings settings) {
        Optional<String> own = settings.keyProvider().equals(settings.provider()) ? apiKey.open() : Optional.empty();
        return own.or(() -> parts.models().keys().apply(settings.provider()));
    }

    /** The key that the guest gets itself, where it does. */
    Optional<DirectKey> direct(SessionSettings settings) {
        return settings.keyMode() == KeyMode.GATEWAY
                ? Optional.empty()
                : parts.models()
                        .providers()
                        .find(settings.provider())
                        .map(provider -> new DirectKey(provider, () -> key(settings)));
    }

    private List<GatewaySession.Forebear> forebears(SessionSettings settings) {
        return settings.forebears().stream()
                .flatMap(forebear -> token(forebear).stream())
                .toList();
    }

    private Optional<GatewaySession.Forebear> token(SessionSettings.Forebear forebear) {
        try {
            String token = parts.secrets().unseal(session + "/forebear", forebear.sealedToken());
            return Optional.of(new GatewaySession.Forebear(forebear.session(), token));
        } catch (GeneralSecurityException e) {
            LOG.error("the token of {} cannot be decrypted; an agent that still uses it is not heard", forebear, e);
            return Optional.empty();
        }
    }

    /** What only this guest may have, for its memory: it is on no disk. */
    List<GuestFile> identityFiles(GuestHostKey hostKey) {
        List<GuestFile> files = new ArrayList<>(guestFiles());
        files.addAll(hostKey.files());
        return files;
    }

    /** What lets us into the guest, to be written before its first boot. */
    List<GuestFile> guestFiles() {
        GuestKey key = guestKey;
        return key == null
                ? List.of()
                : List.of(new GuestFile(
                        AUTHORIZED_KEYS, (key.authorizedKey() + "\n").getBytes(StandardCharsets.US_ASCII), 0600));
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
