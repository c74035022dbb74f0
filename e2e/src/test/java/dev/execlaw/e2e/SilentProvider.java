package dev.execlaw.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A model provider that takes every call and never says a word. */
final class SilentProvider implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    private final AtomicInteger calls = new AtomicInteger();

    SilentProvider() throws IOException {
        Thread.ofVirtual().start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    /** How many calls have come. */
    int calls() {
        return calls.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> listen(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void listen(Socket socket) {
        try (socket;
                InputStream in = socket.getInputStream()) {
            byte[] some = new byte[8192];
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                if (new String(some, 0, n, java.nio.charset.StandardCharsets.ISO_8859_1).startsWith("POST ")) {
                    calls.incrementAndGet();
                }
            }
        } catch (IOException e) {
            // Whoever called has hung up.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
