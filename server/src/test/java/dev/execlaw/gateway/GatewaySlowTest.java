package dev.execlaw.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Guests that take their time: they are cut off, and their connections are free for others. */
class GatewaySlowTest {

    private static final GatewaySettings Q = GatewayFixture.QUICK;
    private static final GatewaySettings HASTY = new GatewaySettings(
            Q.maxBodyBytes(),
            Q.maxHeaderBytes(),
            Q.maxAnswerBytes(),
            Q.maxOutputChars(),
            Q.callsPerSession(),
            Q.connectionsPerSession(),
            Q.keepAlive(),
            Q.coalesce(),
            Q.connectTimeout(),
            Q.silence(),
            Q.retries(),
            Q.retryDelay(),
            Duration.ofMillis(500),
            Q.roomBytes());
    private static final String POST = "POST /s/s1/v1/chat/completions HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer "
            + GatewayFixture.TOKEN + "\r\n";

    private GatewayFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture(HASTY);
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

    @Test
    void aHeadByteByByteIsCutOff() throws Exception {
        dripUntilCut("", POST + "X-Slow: " + "x".repeat(4_000));
    }

    @Test
    void aBodyByteByByteIsCutOff() throws Exception {
        dripUntilCut(POST + "Content-Length: 100000\r\n\r\n", "{\"messages\":[" + " ".repeat(99_000));
    }

    @Test
    void aChunkedBodyByteByByteIsCutOff() throws Exception {
        dripUntilCut(POST + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n{\r\n".repeat(1_000));
    }

    /** All connections of the session are taken; it is its own guest alone who waits for one, and not for long. */
    private void dripUntilCut(String first, String rest) throws Exception {
        List<SocketChannel> slow = new ArrayList<>();
        for (int i = 0; i < HASTY.connectionsPerSession(); i++) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(fixture.socket("s1")));
            channel.write(ByteBuffer.wrap(first.getBytes(US_ASCII)));
            slow.add(channel);
        }
        int[] sent = {0};
        await().alias("all slow connections cut off")
                .atMost(20, TimeUnit.SECONDS)
                .pollInterval(20, TimeUnit.MILLISECONDS)
                .until(() -> {
                    byte one = (byte) rest.charAt(sent[0]++);
                    slow.removeIf(channel -> !drip(channel, one));
                    return slow.isEmpty();
                });
        assertThat(fixture.gateway.refusals().get(Refusals.TOO_SLOW))
                .isGreaterThanOrEqualTo(HASTY.connectionsPerSession());
        await().atMost(10, TimeUnit.SECONDS)
                .ignoreExceptions()
                .until(() -> GatewayFixture.text(fixture.ask(true)).equals("fine"));
    }

    private static boolean drip(SocketChannel channel, byte one) {
        try {
            return channel.write(ByteBuffer.wrap(new byte[] {one})) == 1;
        } catch (IOException e) {
            try {
                channel.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            return false;
        }
    }

    @Test
    void anAnswerMayTakeLongerThanARequest() throws Exception {
        fixture.upstream.script((out, _) -> {
            FakeUpstream.stream(out);
            for (int i = 0; i < 10; i++) {
                FakeUpstream.text(out, "a");
                Thread.sleep(100);
            }
            FakeUpstream.end(out, "stop");
        });
        assertThat(GatewayFixture.text(fixture.ask(true))).isEqualTo("a".repeat(10));
        // and the connection is good for another one
        assertThat(GatewayFixture.text(fixture.ask(true))).isEqualTo("a".repeat(10));
        assertThat(fixture.gateway.refusals()).isEmpty();
    }
}
