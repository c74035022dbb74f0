package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.gateway.KeyProbe.Verdict;
import dev.execlaw.gateway.ProviderSettings.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Keys shown to a provider on loopback, which answers after the documentation of the real ones. */
final class KeyProbeTest {

    private static final String KEY = "sk-canary-0123456789abcdef";

    private final FakeUpstream provider;
    private final Upstream upstream = new Upstream(GatewayFixture.QUICK, SslContextFactory.Client::new);
    private final KeyProbe probe = new KeyProbe(upstream, Duration.ofSeconds(5));

    KeyProbeTest() throws IOException {
        provider = new FakeUpstream();
    }

    @AfterEach
    void stop() throws IOException {
        upstream.stop();
        provider.close();
    }

    private ProviderSettings settings(Kind kind) {
        return new ProviderSettings("up", "Up", kind, provider.url(), true, List.of());
    }

    private String head() {
        return provider.heads.getLast();
    }

    @Test
    void aListOfModelsIsAYes() {
        provider.script((out, _) -> FakeUpstream.status(out, "200 OK", "", "{\"data\":[]}"));
        assertThat(probe.ask(settings(Kind.OPENAI_COMPATIBLE), KEY).verdict()).isEqualTo(Verdict.TAKEN);
        assertThat(head()).startsWith("GET /v1/models HTTP/1.1").contains("Authorization: Bearer " + KEY);
    }

    @Test
    void eachProviderIsAskedInItsOwnWay() {
        provider.script((out, _) -> FakeUpstream.status(out, "200 OK", "", "{\"data\":{}}"));
        probe.ask(settings(Kind.OPENROUTER), KEY);
        assertThat(head()).as("its list is for anybody").startsWith("GET /v1/key HTTP/1.1");
        probe.ask(settings(Kind.ANTHROPIC), KEY);
        assertThat(head())
                .startsWith("GET /v1/models HTTP/1.1")
                .contains("x-api-key: " + KEY)
                .contains("anthropic-version: 2023-06-01")
                .doesNotContain("Authorization");
    }

    @Test
    void aRefusalIsToldWithoutTheKey() {
        provider.script((out, _) -> FakeUpstream.status(
                out, "401 Unauthorized", "", "{\"error\":{\"message\":\"Incorrect API key provided: " + KEY + ".\"}}"));
        KeyProbe.Answer answer = probe.ask(settings(Kind.OPENAI_COMPATIBLE), KEY);
        assertThat(answer.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(answer.words()).contains("401").contains("Incorrect API key").doesNotContain("0123456789");
    }

    @Test
    void whatSaysNothingOfTheKeyIsNeitherYesNorNo() {
        for (String line : List.of("404 Not Found", "429 Too Many Requests", "500 Oops", "302 Found")) {
            provider.script((out, _) -> FakeUpstream.status(out, line, "", "{}"));
            KeyProbe.Answer answer = probe.ask(settings(Kind.OPENAI_COMPATIBLE), KEY);
            assertThat(answer.verdict()).as(line).isEqualTo(Verdict.UNCLEAR);
            assertThat(answer.words()).contains(line.substring(0, 3));
        }
    }

    @Test
    void aProviderThatSaysNothingIsNotWaitedForBeyondTheDeadline() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        provider.script((_, _) -> done.await());
        KeyProbe.Answer answer =
                new KeyProbe(upstream, Duration.ofMillis(200)).ask(settings(Kind.OPENAI_COMPATIBLE), KEY);
        done.countDown();
        assertThat(answer.verdict()).isEqualTo(Verdict.UNCLEAR);
        assertThat(answer.words()).contains("200 ms");
    }

    @Test
    void aBodyWithoutEndIsReadToItsLimit() {
        provider.script((out, _) -> {
            FakeUpstream.write(out, "HTTP/1.1 403 No\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n");
            while (true) {
                FakeUpstream.write(out, "never " + KEY + " ends ".repeat(1_000));
            }
        });
        KeyProbe.Answer answer = probe.ask(settings(Kind.OPENAI_COMPATIBLE), KEY);
        assertThat(answer.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(answer.words()).contains("never ***").hasSizeLessThan(500);
    }

    @Test
    void aProviderThatIsNotThereIsNamed() throws IOException {
        provider.close();
        KeyProbe.Answer answer = probe.ask(settings(Kind.OPENAI_COMPATIBLE), KEY);
        assertThat(answer.verdict()).isEqualTo(Verdict.UNCLEAR);
        assertThat(answer.words()).contains("Provider up cannot be reached");
    }
}
