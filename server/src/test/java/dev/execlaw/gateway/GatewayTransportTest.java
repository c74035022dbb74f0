package dev.execlaw.gateway;

import static dev.execlaw.gateway.FakeUpstream.delta;
import static dev.execlaw.gateway.FakeUpstream.end;
import static dev.execlaw.gateway.FakeUpstream.status;
import static dev.execlaw.gateway.FakeUpstream.stream;
import static dev.execlaw.gateway.FakeUpstream.text;
import static dev.execlaw.gateway.FakeUpstream.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.gateway.GatewaySession.Route;
import java.io.InputStream;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.client.ContentResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What lies between the gateway and a provider: waiting, asking again, hanging up, encodings. */
class GatewayTransportTest {

    private GatewayFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    @Test
    void aGuestHearsSomethingWhileTheProviderSaysNothingForIt() throws Exception {
        CountDownLatch heard = new CountDownLatch(1);
        fixture.upstream.script((out, _) -> {
            stream(out);
            delta(
                    out,
                    "{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"shell\",\"arguments\":\"\"}}]}");
            while (!heard.await(20, TimeUnit.MILLISECONDS)) {
                write(out, ": OPENROUTER PROCESSING\n\n");
                delta(out, "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\" \"}}]}");
            }
            delta(out, "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}");
            end(out, "tool_calls");
        });
        InputStream answer = fixture.open();
        StringBuilder seen = new StringBuilder();
        while (!seen.toString().endsWith(": waiting\n\n")) {
            int b = answer.read();
            assertThat(b).as("after %s", seen).isNotNegative();
            seen.append((char) b);
        }
        assertThat(seen.toString()).isEqualTo(": waiting\n\n");
        heard.countDown();
        assertThat(new String(answer.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("\"name\":\"shell\"", "[DONE]");
    }

    @Test
    void aGuestThatHangsUpWhileTheModelThinksCutsTheProvider() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch cut = new CountDownLatch(1);
        fixture.upstream.script((out, _) -> {
            stream(out);
            asked.countDown();
            try {
                while (true) {
                    write(out, ": thinking\n\n");
                    Thread.sleep(10);
                }
            } finally {
                cut.countDown();
            }
        });
        InputStream answer = fixture.open();
        assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
        answer.close();
        assertThat(cut.await(10, TimeUnit.SECONDS)).as("upstream cut").isTrue();
        await().atMost(5, TimeUnit.SECONDS).until(() -> fixture.traffic.has("failed AGENT_EXIT"));
    }

    @Test
    void aCallIsMadeAgainWhenTheProviderSaysSo() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        fixture.upstream.script((out, _) -> {
            switch (calls.incrementAndGet()) {
                case 1 -> {
                    String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
                    status(out, "529 Overloaded", "Date: " + date + "\r\nRetry-After: " + date + "\r\n", "{}");
                }
                case 2 -> {
                    stream(out);
                    write(out, "data: {\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n");
                }
                default -> {
                    stream(out);
                    text(out, "here");
                    end(out, "stop");
                }
            }
        });
        assertThat(GatewayFixture.text(fixture.ask(true))).isEqualTo("here");
        assertThat(calls).hasValue(3);
    }

    @Test
    void aDateFarAwayIsNotWaitedFor() throws Exception {
        String later = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusHours(1));
        fixture.upstream.script((out, _) -> status(out, "429 Slow", "Retry-After: " + later + "\r\n", "{}"));
        fixture.ask(true);
        assertThat(fixture.upstream.requests).hasSize(1);
        assertThat(fixture.traffic.log().getLast()).startsWith("failed RATE_LIMIT");
    }

    @Test
    void anEncodingThatNobodyAskedForIsSaidAndNotTriedAgain() throws Exception {
        fixture.upstream.script((out, _) -> status(out, "200 OK", "Content-Encoding: br\r\n", "xyz"));
        fixture.ask(true);
        assertThat(fixture.upstream.requests).hasSize(1);
        assertThat(fixture.traffic.log().getLast()).contains("PROVIDER_DOWN", "encoded as \"br\"");
        fixture.upstream.script((out, _) -> status(out, "200 OK", "Content-Encoding: gzip\r\n", "no gzip"));
        fixture.ask(false);
        assertThat(fixture.traffic.log().getLast()).contains("it says it is gzip and is not");
    }

    @Test
    void anotherPathOrHostIsNotFollowed() throws Exception {
        try (FakeUpstream elsewhere = new FakeUpstream()) {
            fixture.upstream.script(
                    (out, _) -> status(out, "307 There", "Location: " + elsewhere.url() + "/x\r\n", "{}"));
            for (String provider : new String[] {"up", "anthropic", "openrouter"}) {
                fixture.route = new Route(provider, "m", GatewayFixture.KEY, null, null, null);
                ContentResponse answer = fixture.ask(true);
                assertThat(GatewayFixture.text(answer)).contains("answered HTTP 307");
            }
            assertThat(elsewhere.heads).isEmpty();
        }
    }
}
