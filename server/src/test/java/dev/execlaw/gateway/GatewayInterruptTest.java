package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stop at moments when the provider says nothing: the guest has its short answer at once. */
class GatewayInterruptTest {

    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    private GatewayFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private CompletableFuture<ContentResponse> ask(boolean streaming) {
        return new CompletableResponseListener(fixture.request(GatewayFixture.body(streaming, ""))).send();
    }

    private void interrupted(CompletableFuture<ContentResponse> answer) throws Exception {
        long began = System.nanoTime();
        fixture.gateway.interrupt("s1");
        ContentResponse whole = answer.get(10, TimeUnit.SECONDS);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(AT_ONCE);
        assertThat(whole.getStatus()).isEqualTo(200);
        assertThat(GatewayFixture.text(whole)).endsWith(Call.STOPPED);
        assertThat(fixture.traffic.log()).last().isEqualTo("finished last");
    }

    private static void silent() throws InterruptedException, IOException {
        if (!new CountDownLatch(1).await(20, TimeUnit.SECONDS)) {
            throw new IOException("nobody hung up within 20 s");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void beforeTheProviderAnswersAtAll(boolean streaming) throws Exception {
        fixture.upstream.script((out, request) -> silent());
        CompletableFuture<ContentResponse> answer = ask(streaming);
        await().until(() -> !fixture.upstream.requests.isEmpty());
        interrupted(answer);
        assertThat(fixture.meter.settled).as("nothing was taken on").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whileTheProviderThinks(boolean streaming) throws Exception {
        fixture.upstream.script((out, request) -> {
            FakeUpstream.stream(out);
            FakeUpstream.delta(out, "{\"reasoning_content\":\"hm\"}");
            silent();
        });
        CompletableFuture<ContentResponse> answer = ask(streaming);
        await().until(() -> fixture.traffic.has("thinking hm"));
        interrupted(answer);
        assertThat(fixture.meter.settled).singleElement().satisfies(usage -> {
            assertThat(usage.estimated()).isTrue();
            assertThat(usage.outputTokens()).isEqualTo(1);
        });
    }

    @Test
    void betweenTwoTries() throws Exception {
        CountDownLatch refused = new CountDownLatch(1);
        fixture.upstream.script((out, request) -> {
            FakeUpstream.status(out, "429 Too Many Requests", "Retry-After: 8\r\n", "{}");
            out.close();
            refused.countDown();
        });
        CompletableFuture<ContentResponse> answer = ask(true);
        assertThat(refused.await(10, TimeUnit.SECONDS)).isTrue();
        interrupted(answer);
        assertThat(fixture.upstream.requests).as("no second try").hasSize(1);
    }
}
