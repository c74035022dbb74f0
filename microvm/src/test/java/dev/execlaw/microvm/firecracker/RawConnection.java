package dev.execlaw.microvm.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A connection to the API that sends and receives bytes as the test says. Used by one thread. */
final class RawConnection implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final SocketChannel channel;
    private final Selector selector;
    private byte[] received = new byte[0];

    RawConnection(Path socket) throws IOException {
        this.channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        this.channel.configureBlocking(false);
        this.selector = Selector.open();
        this.channel.register(selector, SelectionKey.OP_READ);
    }

    /**
     * One answer.
     *
     * @param statusLine without its line end
     * @param headers lines as they came
     */
    record Answer(String statusLine, List<String> headers, String body) {

        int status() {
            return Integer.parseInt(statusLine.substring(9, 12));
        }

        Optional<String> header(String name) {
            String start = name.toLowerCase(Locale.ROOT) + ":";
            return headers.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
                    .map(line -> line.substring(start.length()).strip())
                    .findFirst();
        }
    }

    void send(String bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes.getBytes(UTF_8));
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    Answer request(String method, String path, String body) throws IOException {
        String length = body.isEmpty() ? "" : "Content-Length: " + body.getBytes(UTF_8).length + "\r\n";
        send(method + " " + path + " HTTP/1.1\r\n" + length + "\r\n" + body);
        return answer();
    }

    Answer get(String path) throws IOException {
        return request("GET", path, "");
    }

    Answer put(String path, String body) throws IOException {
        return request("PUT", path, body);
    }

    Answer patch(String path, String body) throws IOException {
        return request("PATCH", path, body);
    }

    /** The next answer. */
    Answer answer() throws IOException {
        int end;
        while ((end = new String(received, UTF_8).indexOf("\r\n\r\n")) < 0) {
            if (!receive()) {
                throw new IOException("the connection ended within an answer: " + new String(received, UTF_8));
            }
        }
        List<String> lines = List.of(new String(received, 0, end, UTF_8).split("\r\n"));
        Answer head = new Answer(lines.getFirst(), lines.subList(1, lines.size()), "");
        int length = head.header("Content-Length").map(Integer::parseInt).orElse(0);
        int from = end + 4;
        while (received.length < from + length) {
            if (!receive()) {
                throw new IOException("the connection ended within a body");
            }
        }
        String body = new String(received, from, length, UTF_8);
        received = Arrays.copyOfRange(received, from + length, received.length);
        return new Answer(head.statusLine(), head.headers(), body);
    }

    /** Whether the other side ends the connection without another byte. */
    boolean endsWithoutAnswer() throws IOException {
        return received.length == 0 && !receive();
    }

    /** Whether something has come already. */
    boolean hasAnswer() throws IOException {
        if (received.length == 0 && selector.selectNow() > 0) {
            selector.selectedKeys().clear();
            return receive();
        }
        return received.length > 0;
    }

    private boolean receive() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
        long until = System.nanoTime() + PATIENCE.toNanos();
        int n;
        while ((n = read(buffer)) == 0) {
            long left = (until - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new IOException("no answer within " + PATIENCE.toSeconds() + " s");
            }
            selector.select(left);
            selector.selectedKeys().clear();
        }
        if (n < 0) {
            return false;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(received);
        all.write(buffer.array(), 0, n);
        received = all.toByteArray();
        return true;
    }

    /** What was sent to a socket that is then closed unread resets the connection: an end, too. */
    private int read(ByteBuffer buffer) throws IOException {
        try {
            return channel.read(buffer);
        } catch (SocketException e) {
            if (!String.valueOf(e.getMessage()).contains("reset")) {
                throw e;
            }
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
