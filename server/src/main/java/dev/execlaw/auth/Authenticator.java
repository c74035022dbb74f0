package dev.execlaw.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a token or a cookie is the right one. A cookie is {@code EXPIRES.NONCE.MAC}, keyed by the access token:
 * it does not hold the token, outlives a restart, and ends when the token is changed. Any thread may use it.
 */
public final class Authenticator {

    /** Name of the cookie that a login sets. */
    public static final String COOKIE = "execlaw";

    /** How long a login lasts. */
    public static final Duration COOKIE_LIFE = Duration.ofDays(30);

    private static final Pattern COOKIE_FORM =
            Pattern.compile("([0-9]{1,12})\\.([A-Za-z0-9_-]{22})\\.[A-Za-z0-9_-]{43}");
    private static final String BEARER = "bearer ";

    private final AccessToken token;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    public Authenticator(AccessToken token) {
        this(token, InstantSource.system());
    }

    Authenticator(AccessToken token, InstantSource clock) {
        this.token = token;
        this.clock = clock;
    }

    /** What the two headers prove; an {@code Authorization} header counts before any cookie. */
    public Credential check(@Nullable String authorization, Optional<String> cookie) {
        if (authorization != null) {
            boolean right = authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)
                    && tokenMatches(authorization.substring(BEARER.length()).strip());
            return right ? Credential.BEARER : Credential.WRONG;
        }
        return cookie.map(value -> cookieMatches(value) ? Credential.COOKIE : Credential.WRONG)
                .orElse(Credential.NONE);
    }

    /** Whether this is the access token. Takes the same time for every wrong one of the same length. */
    public boolean tokenMatches(String candidate) {
        return MessageDigest.isEqual(candidate.getBytes(UTF_8), token.value().getBytes(UTF_8));
    }

    /** A new cookie value for a browser that showed the token. */
    public String newCookie() {
        byte[] nonce = new byte[16];
        random.nextBytes(nonce);
        return signed(clock.instant().plus(COOKIE_LIFE).getEpochSecond() + "." + base64(nonce));
    }

    private boolean cookieMatches(String value) {
        Matcher parts = COOKIE_FORM.matcher(value);
        if (!parts.matches()) {
            return false;
        }
        String expected = signed(parts.group(1) + "." + parts.group(2));
        return MessageDigest.isEqual(value.getBytes(UTF_8), expected.getBytes(UTF_8))
                && clock.instant().isBefore(Instant.ofEpochSecond(Long.parseLong(parts.group(1))));
    }

    private String signed(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(token.value().getBytes(UTF_8), "HmacSHA256"));
            return text + "." + base64(mac.doFinal(("execlaw cookie 1 " + text).getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every Java platform", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
