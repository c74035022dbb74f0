package dev.execlaw.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AuthenticatorTest {

    private static final AccessToken TOKEN = new AccessToken("0123456789abcdef");

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Authenticator authenticator = new Authenticator(TOKEN, () -> now);

    @Test
    void theHeaderCountsBeforeTheCookie() {
        String cookie = authenticator.newCookie();
        assertThat(authenticator.check("Bearer 0123456789abcdef", Optional.empty()))
                .isEqualTo(Credential.BEARER);
        assertThat(authenticator.check("Bearer 0123456789abcdeg", Optional.of(cookie)))
                .isEqualTo(Credential.WRONG);
        assertThat(authenticator.check("0123456789abcdef", Optional.empty())).isEqualTo(Credential.WRONG);
        assertThat(authenticator.check(null, Optional.of(cookie))).isEqualTo(Credential.COOKIE);
        assertThat(authenticator.check(null, Optional.empty())).isEqualTo(Credential.NONE);
    }

    @Test
    void aCookieOutlivesARestartButNotItsTimeNorItsToken() {
        String cookie = authenticator.newCookie();
        Authenticator restarted = new Authenticator(TOKEN, () -> now);
        assertThat(restarted.check(null, Optional.of(cookie))).isEqualTo(Credential.COOKIE);
        Authenticator other = new Authenticator(new AccessToken("fedcba9876543210"), () -> now);
        assertThat(other.check(null, Optional.of(cookie))).isEqualTo(Credential.WRONG);
        now = now.plus(Authenticator.COOKIE_LIFE).minus(Duration.ofSeconds(1));
        assertThat(authenticator.check(null, Optional.of(cookie))).isEqualTo(Credential.COOKIE);
        now = now.plusSeconds(1);
        assertThat(authenticator.check(null, Optional.of(cookie))).isEqualTo(Credential.WRONG);
    }

    @Test
    void aChangedCookieIsWrong() {
        String cookie = authenticator.newCookie();
        for (int i = 0; i < cookie.length(); i++) {
            char changed = cookie.charAt(i) == '1' ? '2' : '1';
            String forged = cookie.substring(0, i) + changed + cookie.substring(i + 1);
            assertThat(authenticator.check(null, Optional.of(forged)))
                    .as("at " + i)
                    .isEqualTo(Credential.WRONG);
        }
        assertThat(authenticator.check(null, Optional.of(""))).isEqualTo(Credential.WRONG);
        assertThat(authenticator.newCookie()).isNotEqualTo(cookie);
    }
}
