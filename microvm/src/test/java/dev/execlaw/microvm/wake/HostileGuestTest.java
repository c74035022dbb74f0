package dev.execlaw.microvm.wake;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.MachineException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Guests that answer what they like. */
class HostileGuestTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private ServerSocket listener;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    /** The guest reads the message and answers; NONCE is what the message had. It closes its port if it shall. */
    private WakePort guest(String answer, boolean closes) {
        Thread.ofVirtual().start(() -> {
            try {
                Socket socket = listener.accept();
                String nonce = nonce(socket.getInputStream());
                socket.getOutputStream().write(answer.replace("NONCE", nonce).getBytes(ISO_8859_1));
                if (closes) {
                    socket.close();
                }
            } catch (IOException e) {
                // the host has had enough
            }
        });
        return new WakePort("m", _ -> connect(), Instant::now, new Random(3), Duration.ofDays(1));
    }

    private static String nonce(InputStream in) throws IOException {
        StringBuilder message = new StringBuilder();
        for (int b = in.read(); message.isEmpty() || b != '\n'; b = in.read()) {
            message.append((char) b);
        }
        return message.substring(message.indexOf(" ") + 1).substring(0, 16);
    }

    private ByteChannel connect() throws MachineException {
        try {
            return SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort()));
        } catch (IOException e) {
            throw new MachineException("cannot connect", e);
        }
    }

    private void refused(String answer, String why) {
        assertThatThrownBy(() -> guest(answer, true).wake(Wake.UP, DEADLINE))
                .isInstanceOf(WakeException.class)
                .hasMessageStartingWith("m: ")
                .hasMessageContaining(why)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000).matches("[ -~]+"));
    }

    @Test
    void anAnswerAmongOtherLinesIsFound() throws Exception {
        guest(
                        "\u0000\u00ff\n\nexeclaw-woke/1 0000000000000000 error of another\nexeclaw-woke/1 NONCE ok 1.5\nmore",
                        true)
                .wake(Wake.UP, DEADLINE);
        guest("\nexeclaw-woke/1 NONCE ok 12\n", false).settle(DEADLINE);
    }

    @Test
    void whatIsNoAnswerIsRefusedWithWhatCame() {
        refused("", "closed its wake-up port before it answered; nothing came");
        refused("\nexeclaw-woke/1 NONCE ok 1.5", "closed its wake-up port before it answered; what came is \"execlaw");
        refused("\nexeclaw-woke/1 NONCE fine\n", "neither ok nor error");
        refused("\nexeclaw-woke/1 NONCE ok\n", "neither ok nor error");
        refused("\nexeclaw-woke/1 NONCE ok 1e9\n", "neither ok nor error");
        refused("\nexeclaw-woke/1 NONCE error \n", "neither ok nor error");
        refused("\nexeclaw-woke/1 NONCE error " + "x".repeat(5000) + "\n", "neither ok nor error");
        refused("\u001b[2J\u0007<script>\n", "what came is \"?[2J?<script>\"");
        refused("execlaw-woke/1 0000000000000000 ok 1\n", "closed its wake-up port before it answered");
        refused("\n".repeat(100_000), "more than 65536 bytes");
        refused("y".repeat(100_000), "more than 65536 bytes");
    }

    @Test
    void anErrorsTextIsPlain() {
        refused("\nexeclaw-woke/1 NONCE error \u001b]0;\u00e4\u0007no\n", "could not do it: ?]0;??no");
    }

    @Test
    void aGuestThatSaysNothingIsWaitedForUntilTheDeadlineAndNoLonger() {
        assertThatThrownBy(() -> guest("half", false).wake(Wake.UP, Duration.ofMillis(300)))
                .isInstanceOf(WakeException.class)
                .hasMessage("m: no answer of the guest within 300 ms; what came is \"half\"");
    }

    @Test
    void aMessageIsWhatTheGuestExpects() throws Exception {
        byte[] framed = WakeMessage.framed("00000000000000ab", "settle limit=5");
        // 0x73657474 + 0x6c65206c + 0x696d6974 + 0x3d350000, modulo 2^32
        assertThat(new String(framed, US_ASCII))
                .isEqualTo("\nexeclaw-wake/1 00000000000000ab 14 2255289940 settle limit=5\n");
    }

    @Test
    void aGuestThatIsOlderThanAnOrderSaysSoAndWhatItCountsIsBounded() throws Exception {
        Duration patience = Duration.ofSeconds(1);
        assertThatThrownBy(() -> guest("\nexeclaw-woke/1 NONCE error unknown order \"interrupt\"\n", true)
                        .interrupt("nullclaw", patience, DEADLINE))
                .isInstanceOf(UnknownOrderException.class)
                .hasMessageContaining("unknown order \"interrupt\"");
        assertThat(guest("\nexeclaw-woke/1 NONCE ok 1.5 3\n", true).interrupt("nullclaw", patience, DEADLINE))
                .isEqualTo(3);
        assertThat(guest("\nexeclaw-woke/1 NONCE ok 1.5\n", true).interrupt("nullclaw", patience, DEADLINE))
                .isZero();
        refused("\nexeclaw-woke/1 NONCE ok 1.5 99999999999\n", "neither ok nor error");
        refused("\nexeclaw-woke/1 NONCE ok 1.5 -1\n", "neither ok nor error");
    }
}
