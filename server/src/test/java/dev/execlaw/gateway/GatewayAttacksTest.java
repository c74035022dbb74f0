package dev.execlaw.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.io.Transport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A guest attacks its gateway: it is refused within bounds, the refusals are counted, and a neighbour, who talks to its
 * model all the while, does not feel it.
 */
class GatewayAttacksTest {

    /** What a neighbour's call may take during an attack, in nineteen of twenty calls; alone it takes a few. */
    private static final long NEIGHBOUR_MS = 500;

    private static final int ROUNDS = 100;
    private static final int CONNECTIONS = 10_000;
    /** Written before the gateway must have cut the connection. */
    private static final long MOST_WRITTEN = 16L << 20;

    private GatewayFixture fixture;

    /** What the guest of {@code s1} does. */
    @FunctionalInterface
    interface Attack {
        void run(GatewayFixture fixture) throws Exception;
    }

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture();
        fixture.open("s2");
        fixture.upstream.script((out, _) -> {
            FakeUpstream.stream(out);
            FakeUpstream.text(out, "fine");
            FakeUpstream.end(out, "stop");
        });
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    static Stream<Arguments> attacks() {
        return Stream.of(
                attack(
                        "wrong tokens",
                        "invalid_token",
                        f -> many(i ->
                                refused(f, 401, r -> r.headers(h -> h.put("Authorization", "Bearer guess" + i))))),
                attack(
                        "paths of others",
                        "wrong_session",
                        f -> many(_ -> refused(f, 403, r -> r.path("/s/s2/v1/chat/completions")))),
                attack(
                        "paths that lead elsewhere",
                        "wrong_session",
                        f -> many(_ -> refused(f, 403, r -> r.path("/s/s1/v1/../../s2/v1/chat/completions")))),
                attack(
                        "a gigabyte announced",
                        "body_too_large",
                        f -> flood(f, "Content-Length: " + (1L << 30) + "\r\n\r\n", "x".repeat(8192))),
                attack(
                        "a gigabyte in chunks",
                        "body_too_large",
                        f -> flood(f, "Transfer-Encoding: chunked\r\n\r\n", "2000\r\n" + "x".repeat(8192) + "\r\n")),
                attack(
                        "header bombs",
                        "bad_http",
                        f -> many(_ -> refused(f, 431, r -> r.headers(h -> h.put("X-Bomb", "x".repeat(60_000)))))),
                attack(
                        "no HTTP at all",
                        "bad_http",
                        f -> many(_ -> assertThat(raw(f, "\u0016\u0003\u0001 hello\r\n\r\n"))
                                .startsWith("HTTP/1.1 400"))),
                attack("invalid JSON", "invalid_json", f -> many(_ -> bad(f, "{\"messages\":[{]}".getBytes(US_ASCII)))),
                attack(
                        "invalid UTF-8",
                        "invalid_json",
                        f -> many(_ -> bad(f, new byte[] {'{', '"', (byte) 0xc3, (byte) 0x28, '"', ':', '1', '}'}))),
                attack(
                        "deep nesting",
                        "invalid_json",
                        f -> many(_ -> bad(f, ("{\"messages\":" + "[{\"a\":".repeat(50_000)).getBytes(US_ASCII)))),
                attack(
                        "numbers without end",
                        "invalid_json",
                        f -> many(_ -> bad(f, ("{\"max_tokens\":" + "9".repeat(500_000) + "}").getBytes(US_ASCII)))),
                attack(
                        "more values than memory",
                        "body_too_complex",
                        f -> many(_ -> assertThat(f.request("{\"messages\":[" + "[],".repeat(200_000) + "[]]}")
                                        .send()
                                        .getStatus())
                                .isEqualTo(413))),
                attack("one message a thousand times", "body_too_large", f -> {
                    f.texts.put(GatewayFixture.REFERENCE, new GatewaySession.MessageText("m1", "x".repeat(10_000)));
                    String often = (GatewayFixture.REFERENCE + " ").repeat(1_000);
                    many(_ -> assertThat(f.request("{\"messages\":[{\"role\":\"user\",\"content\":\"" + often + "\"}]}")
                                    .send()
                                    .getStatus())
                            .isEqualTo(413));
                }),
                attack("ten thousand connections", "too_many_connections", GatewayAttacksTest::connections));
    }

    private static Arguments attack(String name, String code, Attack attack) {
        return Arguments.of(name, code, attack);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attacks")
    void isRefusedAndCountedAndNoNeighbourFeelsIt(String name, String code, Attack attack) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<List<Long>> neighbour = CompletableFuture.supplyAsync(() -> talk(over));
        try {
            attack.run(fixture);
        } finally {
            over.set(true);
        }
        List<Long> times = neighbour.get(30, TimeUnit.SECONDS).stream().sorted().toList();
        assertThat(fixture.gateway.refusals()).as("counted").containsKey(code);
        long slow = times.get((times.size() - 1) * 19 / 20);
        assertThat(slow)
                .as("ms of the neighbour's slow calls, of %d", times.size())
                .isLessThan(NEIGHBOUR_MS);
        assertThat(fixture.traffic.has("failed")).isFalse();
        // The attacker itself may go on as well, with what it is entitled to.
        assertThat(GatewayFixture.text(fixture.ask(true))).isEqualTo("fine");
    }

    /** Milliseconds of each of the neighbour's calls until the attack is over, twenty at least. */
    private List<Long> talk(AtomicBoolean over) {
        List<Long> times = new ArrayList<>();
        try {
            while (!over.get() || times.size() < 20) {
                long begin = System.nanoTime();
                ContentResponse answer = fixture.request(GatewayFixture.body(true, ""))
                        .transport(new Transport.TCPUnix(fixture.socket("s2")))
                        .path("/s/s2/v1/chat/completions")
                        .send();
                assertThat(answer.getStatus()).isEqualTo(200);
                times.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
            }
            return times;
        } catch (Exception e) {
            throw new IllegalStateException("the neighbour's call number " + times.size() + " failed", e);
        }
    }

    @FunctionalInterface
    private interface Round {
        void run(int number) throws Exception;
    }

    private static void many(Round round) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            round.run(i);
        }
    }

    private static void refused(GatewayFixture fixture, int status, UnaryOperator<Request> change) throws Exception {
        assertThat(change.apply(fixture.request(GatewayFixture.body(true, "")))
                        .send()
                        .getStatus())
                .isEqualTo(status);
    }

    private static void bad(GatewayFixture fixture, byte[] body) throws Exception {
        assertThat(fixture.request("")
                        .body(new BytesRequestContent("application/json", body))
                        .send()
                        .getStatus())
                .isEqualTo(400);
    }

    private static SocketChannel connect(GatewayFixture fixture) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(fixture.socket("s1")));
        return channel;
    }

    private static final String POST = "POST /s/s1/v1/chat/completions HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer "
            + GatewayFixture.TOKEN + "\r\n";

    /** Writes a body without end until the gateway cuts it off. */
    private static void flood(GatewayFixture fixture, String rest, String piece) throws Exception {
        byte[] bytes = piece.getBytes(US_ASCII);
        for (int round = 0; round < 5; round++) {
            long written = 0;
            try (SocketChannel channel = connect(fixture)) {
                channel.write(ByteBuffer.wrap((POST + rest).getBytes(US_ASCII)));
                while (written < MOST_WRITTEN) {
                    written += channel.write(ByteBuffer.wrap(bytes));
                }
            } catch (IOException e) {
                assertThat(e).hasMessageMatching("Broken pipe|Connection reset.*"); // it has hung up
            }
            assertThat(written).as("bytes that the gateway took").isLessThan(MOST_WRITTEN);
        }
    }

    private static String raw(GatewayFixture fixture, String request) throws IOException {
        try (SocketChannel channel = connect(fixture)) {
            channel.write(ByteBuffer.wrap(request.getBytes(US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(4096);
            String head = "";
            while (!head.contains("\r\n\r\n") && channel.read(answer) >= 0 && answer.hasRemaining()) {
                head = new String(answer.array(), 0, answer.position(), US_ASCII);
            }
            return head;
        }
    }

    /** Opens them one by one and keeps what it can; each says a little of a request, as slow senders do. */
    private static void connections(GatewayFixture fixture) throws Exception {
        List<SocketChannel> held = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                SocketChannel channel = connect(fixture);
                if (i < GatewayFixture.QUICK.connectionsPerSession()) {
                    channel.write(ByteBuffer.wrap(POST.substring(0, 40).getBytes(US_ASCII)));
                    held.add(channel);
                } else {
                    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
                    channel.close();
                }
            }
        } finally {
            for (SocketChannel channel : held) {
                channel.close();
            }
        }
        assertThat(fixture.gateway.refusals().get("too_many_connections"))
                .isEqualTo(CONNECTIONS - GatewayFixture.QUICK.connectionsPerSession());
        // Only when the gateway has noticed that they are gone there is room again.
        await().atMost(10, TimeUnit.SECONDS).until(() -> {
            try (SocketChannel channel = connect(fixture)) {
                channel.write(
                        ByteBuffer.wrap("GET / HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n".getBytes(US_ASCII)));
                return channel.read(ByteBuffer.allocate(1)) == 1;
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void nothingInARequestChoosesWhereItGoes() throws Exception {
        try (ServerSocket elsewhere = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String target = "http://127.0.0.1:" + elsewhere.getLocalPort() + "/v1";
            String body = GatewayFixture.body(true, "")
                    .replace(
                            "\"model\":\"any\"",
                            "\"model\":\"" + target + "\",\"base_url\":\"" + target + "\",\"api_base\":\"" + target
                                    + "\",\"provider\":{\"base_url\":\"" + target + "\"}");
            ContentResponse answer = fixture.request(body)
                    .headers(h -> h.put("X-Forwarded-Host", "127.0.0.1:" + elsewhere.getLocalPort())
                            .put("Forwarded", "host=127.0.0.1:" + elsewhere.getLocalPort())
                            .put("X-Base-Url", target))
                    .send();
            assertThat(GatewayFixture.text(answer)).isEqualTo("fine");
            assertThat(fixture.upstream.requests.getFirst().path("model").asString())
                    .isEqualTo("big");
            String absolute = raw(
                    fixture,
                    "POST " + target + "/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:" + elsewhere.getLocalPort()
                            + "\r\nAuthorization: Bearer " + GatewayFixture.TOKEN
                            + "\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
            assertThat(absolute).startsWith("HTTP/1.1 404");
            assertThat(raw(
                            fixture,
                            "CONNECT 127.0.0.1:" + elsewhere.getLocalPort()
                                    + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 4");
            elsewhere.setSoTimeout(200);
            assertThatThrownBy(elsewhere::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aNumberBeyondAllBoundsIsPassedOnOrRefusedAtOnce() throws Exception {
        String body = GatewayFixture.body(true, "").replaceFirst("\\{", "{\"max_tokens\":1e999999999,");
        ContentResponse answer = fixture.request(body).send();
        assertThat(answer.getStatus()).isIn(200, 400);
    }

    @Test
    void anAnswerWithoutEndIsEnded() throws Exception {
        fixture.upstream.script((out, _) -> {
            FakeUpstream.stream(out);
            while (true) {
                FakeUpstream.text(out, "x".repeat(1_000));
            }
        });
        assertThat(fixture.ask(false).getContentAsString().length()).isLessThan(4 << 20);
        assertThat(fixture.upstream.hungUp.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(fixture.traffic.log().getLast()).contains("failed PROVIDER_DOWN", "which is the limit");
    }
}
