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
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.eclipse.jetty.client.ContentResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Providers that fail, guests that go, users that interrupt: every turn ends cleanly. */
class GatewayFaultsTest {

    private GatewayFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                failure(
                        "KEY_INVALID",
                        1,
                        (out, r) -> status(
                                out,
                                "401 No",
                                "",
                                "{\"error\":{\"message\":\"bad key " + GatewayFixture.KEY + " here\"}}")),
                failure("KEY_INVALID", 1, (out, r) -> status(out, "403 No", "", "{}")),
                failure("UNKNOWN_MODEL", 1, (out, r) -> status(out, "404 No", "", "{\"error\":\"no such model\"}")),
                failure(
                        "UNKNOWN_MODEL",
                        1,
                        (out, r) -> status(
                                out, "400 Bad", "", "{\"error\":{\"message\":\"big is not a valid model ID\"}}")),
                failure("INVALID_REQUEST", 1, (out, r) -> status(out, "400 Bad", "", "{\"message\":\"too long\"}")),
                failure("RATE_LIMIT", 3, (out, r) -> status(out, "429 Slow", "", "{}")),
                failure("RATE_LIMIT", 1, (out, r) -> status(out, "429 Slow", "Retry-After: 3600\r\n", "{}")),
                failure("PROVIDER_DOWN", 3, (out, r) -> status(out, "500 Oops", "", "<html>oops</html>")),
                failure("PROVIDER_DOWN", 3, (out, r) -> {}),
                failure("PROVIDER_DOWN", 3, (out, r) -> stream(out)),
                failure("PROVIDER_DOWN", 1, (out, r) -> {
                    stream(out);
                    write(out, "data: garbage\n\n");
                }),
                failure(
                        "PROVIDER_DOWN",
                        3,
                        (out, r) -> write(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>login</html>")),
                failure("PROVIDER_DOWN", 1, (out, r) -> {
                    stream(out);
                    text(out, "half");
                }),
                failure("RATE_LIMIT", 1, (out, r) -> {
                    stream(out);
                    text(out, "half");
                    write(
                            out,
                            "data: {\"error\":{\"code\":429,\"message\":\"slow down " + GatewayFixture.KEY
                                    + "\"}}\n\n");
                }),
                failure("PROVIDER_DOWN", 1, (out, r) -> {
                    stream(out);
                    delta(
                            out,
                            "{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"shell\",\"arguments\":\"{\"}}]}");
                }),
                failure("PROVIDER_DOWN", 1, (out, r) -> {
                    stream(out);
                    write(out, "data: " + "x".repeat(2 << 20));
                }));
    }

    private static Arguments failure(String code, int tries, FakeUpstream.Script script) {
        return Arguments.of(code, tries, script);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aProvidersFailureIsAShortAnswerAndAProblem(String code, int tries, FakeUpstream.Script script)
            throws Exception {
        fixture.upstream.script(script);
        for (boolean streaming : List.of(true, false)) {
            fixture.upstream.requests.clear();
            ContentResponse answer = fixture.ask(streaming);
            assertThat(answer.getStatus()).isEqualTo(200);
            assertThat(answer.getContentAsString())
                    .contains("\"finish_reason\":\"stop\"")
                    .doesNotContain(GatewayFixture.KEY, "tool_calls");
            assertThat(GatewayFixture.text(answer)).contains("rovider up ");
            assertThat(fixture.upstream.requests).hasSize(tries);
        }
        assertThat(fixture.traffic.log().getLast()).startsWith("failed " + code).doesNotContain(GatewayFixture.KEY);
        assertThat(fixture.traffic.has("finished")).isFalse();
        assertThat(fixture.traffic.has("tool_call")).isFalse();
    }

    @Test
    void aProviderThatComesBackIsAskedAgain() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        fixture.upstream.script((out, request) -> {
            if (calls.incrementAndGet() < 3) {
                status(out, "503 Busy", "Retry-After: 0\r\n", "{}");
            } else {
                stream(out);
                text(out, "here");
                end(out, "stop");
            }
        });
        assertThat(GatewayFixture.text(fixture.ask(true))).isEqualTo("here");
        assertThat(fixture.traffic.log()).containsExactly("started m1", "message here", "usage 5 7", "finished last");
    }

    @Test
    void nobodyThereNoKeyNoProviderAndSilenceAreSaid() throws Exception {
        fixture.route = new Route("nowhere", "m", null, null, null, null);
        fixture.ask(true);
        assertThat(fixture.traffic.log().getLast())
                .startsWith("failed PROVIDER_DOWN Provider nowhere cannot be reached");
        fixture.route = new Route("up", "m", " ", null, null, null);
        fixture.ask(true);
        assertThat(fixture.traffic.log().getLast()).startsWith("failed KEY_MISSING");
        fixture.route = new Route("gone", "m", null, null, null, null);
        fixture.ask(true);
        assertThat(fixture.traffic.log().getLast()).startsWith("failed UNKNOWN_PROVIDER");
        fixture.route = new Route("up", "m", GatewayFixture.KEY, null, null, null);
        fixture.upstream.script((out, request) -> {
            stream(out);
            Thread.sleep(5_000);
        });
        fixture.ask(true);
        assertThat(fixture.traffic.log().getLast()).contains("PROVIDER_DOWN", "said nothing for 2000 ms");
    }

    @Test
    void anInterruptEndsTheCallPolitelyAndAtOnceUntilResumed() throws Exception {
        CountDownLatch cut = new CountDownLatch(1);
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "I begin");
            delta(
                    out,
                    "{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"shell\",\"arguments\":\"{}\"}}]}");
            try {
                while (true) {
                    write(out, ": still here\n\n");
                    Thread.sleep(10);
                }
            } finally {
                cut.countDown();
            }
        });
        InputStream answer = fixture.open();
        await().atMost(5, TimeUnit.SECONDS).until(() -> fixture.traffic.has("message I begin"));
        long before = System.nanoTime();
        fixture.gateway.interrupt("s1");
        String rest = new String(answer.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
        assertThat(rest)
                .contains("Stopped by the user.", "\"finish_reason\":\"stop\"", "[DONE]")
                .doesNotContain("tool_calls");
        assertThat(took).as("ms until the guest had the whole answer").isLessThan(1_000);
        assertThat(cut.await(5, TimeUnit.SECONDS)).as("upstream cut").isTrue();
        assertThat(GatewayFixture.text(fixture.ask(true))).isEqualTo(Call.STOPPED);
        assertThat(GatewayFixture.text(fixture.ask(false))).isEqualTo(Call.STOPPED);
        assertThat(fixture.upstream.requests).hasSize(1);
        assertThat(fixture.traffic.log())
                .containsExactly(
                        "started m1",
                        "message I begin",
                        "withdrawn #1",
                        "usage 16 3",
                        "finished last",
                        "started m1",
                        "finished last",
                        "started m1",
                        "finished last");
        fixture.gateway.resume("s1");
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "again");
            end(out, "stop");
        });
        assertThat(GatewayFixture.text(fixture.ask(true))).isEqualTo("again");
    }

    @Test
    void aGuestThatHangsUpCutsTheProvider() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            while (true) {
                text(out, "more ");
                Thread.sleep(5);
            }
        });
        InputStream answer = fixture.open();
        assertThat(answer.read()).isPositive();
        answer.close();
        assertThat(fixture.upstream.hungUp.await(10, TimeUnit.SECONDS)).isTrue();
        await().atMost(5, TimeUnit.SECONDS).until(() -> fixture.traffic.has("failed AGENT_EXIT"));
    }

    @Test
    void closingTheSessionCutsItsCallsAndRemovesItsSocket() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            while (true) {
                text(out, "more ");
                Thread.sleep(5);
            }
        });
        InputStream answer = fixture.open();
        assertThat(answer.read()).isPositive();
        fixture.gateway.close("s1");
        fixture.gateway.close("s1");
        assertThat(fixture.socket("s1")).doesNotExist();
        assertThat(fixture.upstream.hungUp.await(10, TimeUnit.SECONDS)).isTrue();
        int told = fixture.traffic.log().size();
        fixture.open("s1");
        fixture.upstream.script((out, request) -> {
            stream(out);
            end(out, "stop");
        });
        assertThat(fixture.ask(true).getStatus()).isEqualTo(200);
        assertThat(fixture.traffic.log().subList(told, fixture.traffic.log().size()))
                .containsExactly("started m1", "usage 5 7", "finished last");
    }
}
