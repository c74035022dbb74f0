package dev.execlaw.microvm.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The host's half of a vsock connection, against what Firecracker may answer. */
@Timeout(30)
class WakeSocketTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(directory.resolve("wake.sock")));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    @Test
    void whatFollowsTheAnswerIsTheGuests() throws Exception {
        CompletableFuture<String> asked = answer("OK 1073741824\nfrom the guest");
        try (ByteChannel channel = open(false, SOON)) {
            assertThat(asked.get()).isEqualTo("CONNECT 1\n");
            assertThat(read(channel, 14)).isEqualTo("from the guest");
        }
    }

    @Test
    void oneThatIsRefusedIsTriedAgainUntilSomebodyListens() throws Exception {
        CompletableFuture<Integer> tries = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                for (int i = 1; ; i++) {
                    SocketChannel refused = server.accept();
                    refused.read(ByteBuffer.allocate(64));
                    if (i == 3) {
                        refused.write(ByteBuffer.wrap("OK 7\n".getBytes(UTF_8)));
                        tries.complete(i);
                        return;
                    }
                    refused.close();
                }
            } catch (IOException e) {
                tries.completeExceptionally(e);
            }
        });
        open(false, SOON).close();
        assertThat(tries.get()).isEqualTo(3);
    }

    @Test
    void whereNobodyListensItSaysSoAtTheDeadline() throws Exception {
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    server.accept().close();
                }
            } catch (IOException _) {
                // The test is over.
            }
        });
        assertThatThrownBy(() -> open(false, Duration.ofMillis(200)))
                .hasMessageContaining("vsock port 1 of the guest, within 200 ms: was refused: nobody listens there");
    }

    @Test
    void silenceEndsAtTheDeadline() {
        assertThatThrownBy(() -> open(false, Duration.ofMillis(200)))
                .hasMessageContaining("within 200 ms: did not answer");
    }

    @Test
    void aForeignAnswerIsToldAndBounded() throws Exception {
        var _ = answer("HTTP/1.1 400 Bad Request\n");
        assertThatThrownBy(() -> open(false, SOON)).hasMessageContaining("no answer of Firecracker's: \"H\"");
        var _ = answer("OK " + "1".repeat(100));
        assertThatThrownBy(() -> open(false, SOON))
                .hasMessageContaining("no answer of Firecracker's: \"OK 1111")
                .hasMessageNotContaining("1".repeat(40));
    }

    @Test
    void whilePausedTheAnswerIsAwaitedByTheFirstRead() throws Exception {
        try (ByteChannel channel = open(true, SOON)) {
            channel.write(ByteBuffer.wrap("hello".getBytes(UTF_8)));
            SocketChannel guest = server.accept();
            assertThat(read(guest, 15)).isEqualTo("CONNECT 1\nhello");
            guest.write(ByteBuffer.wrap("OK 5\nhi".getBytes(UTF_8)));
            assertThat(read(channel, 2)).isEqualTo("hi");
        }
        try (ByteChannel channel = open(true, SOON)) {
            server.accept().close();
            assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void whereNoSocketIsThePathIsTold() throws Exception {
        HostPath none = new HostPath(directory).resolve("none.sock");
        assertThatThrownBy(() -> WakeSocket.open(none, false, SOON)).hasMessageContaining(none.toString());
    }

    private ByteChannel open(boolean paused, Duration deadline) throws IOException {
        return WakeSocket.open(new HostPath(directory).resolve("wake.sock"), paused, deadline);
    }

    /** Answers one connection, all at once; gives back what was asked. */
    private CompletableFuture<String> answer(String bytes) {
        CompletableFuture<String> asked = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                SocketChannel connection = server.accept();
                asked.complete(read(connection, 10));
                connection.write(ByteBuffer.wrap(bytes.getBytes(UTF_8)));
            } catch (IOException e) {
                asked.completeExceptionally(e);
            }
        });
        return asked;
    }

    private static String read(ByteChannel channel, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            // until full or at the end
        }
        return new String(buffer.array(), 0, buffer.position(), UTF_8);
    }
}
