package dev.execlaw.microvm.firecracker.api;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** A Unix socket that answers each request by the next bytes of a script, whatever was asked. */
final class ScriptedServer implements AutoCloseable {

    /** Instead of an answer: none at all. */
    static final String SILENCE = "silence";

    /** In front of an answer: the connection is closed after it. */
    static final String THEN_CLOSE = "then close:";

    /** Splits an answer into parts that are written one by one. */
    static final String SPLIT = "\0";

    private final ServerSocketChannel socket;
    private final BlockingQueue<String> script = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> greetings = new LinkedBlockingQueue<>();
    final List<String> requests = new CopyOnWriteArrayList<>();
    final List<SocketChannel> connections = new CopyOnWriteArrayList<>();

    ScriptedServer(Path path, String... answers) throws IOException {
        socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        socket.bind(UnixDomainSocketAddress.of(path));
        script.addAll(List.of(answers));
        Thread.ofVirtual().start(this::accept);
    }

    static String answer(String statusLine, String body) {
        return statusLine + "\r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
                + "Content-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    static String instance(String state) {
        return answer(
                "HTTP/1.1 200 ",
                "{\"app_name\":\"Firecracker\",\"id\":\"a-b\",\"state\":\"" + state
                        + "\",\"vmm_version\":\"1.17.0\",\"news\":[1]}");
    }

    /** The next connection is told this at once and closed, as the eleventh is. */
    void greet(String greeting) {
        greetings.add(greeting);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = socket.accept();
                connections.add(connection);
                String greeting = greetings.poll();
                if (greeting != null) {
                    write(connection, greeting);
                    connection.close();
                } else {
                    Thread.ofVirtual().start(() -> serve(connection));
                }
            }
        } catch (AsynchronousCloseException e) {
            // Closed by the test: the end.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(SocketChannel connection) {
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(Channels.newInputStream(connection), StandardCharsets.ISO_8859_1))) {
            String request = read(in);
            while (!request.isEmpty()) {
                requests.add(request);
                String answer = script.take();
                if (answer.startsWith(THEN_CLOSE)) {
                    write(connection, answer.substring(THEN_CLOSE.length()));
                    return;
                }
                if (!answer.equals(SILENCE)) {
                    write(connection, answer);
                }
                request = read(in);
            }
        } catch (ClosedChannelException | InterruptedException e) {
            // Closed by the test or by the client: the end.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(BufferedReader in) throws IOException {
        StringBuilder request = new StringBuilder();
        int length = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            request.append(line).append('\n');
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
            if (line.isEmpty()) {
                break;
            }
        }
        for (int i = 0; i < length; i++) {
            request.append((char) in.read());
        }
        return request.toString();
    }

    private static void write(SocketChannel connection, String answer) throws IOException {
        for (String part : answer.split(SPLIT, -1)) {
            ByteBuffer bytes = ByteBuffer.wrap(part.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                connection.write(bytes);
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }
}
