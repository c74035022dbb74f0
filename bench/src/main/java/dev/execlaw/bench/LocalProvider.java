package dev.execlaw.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;

/** An OpenAI-compatible provider on loopback: a thread for each connection, and nothing of HTTP that a bench can do without. */
abstract class LocalProvider implements AutoCloseable {

    /** The end of every answer. */
    static final String END = """
            data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}

            data: [DONE]

            """;

    private final ServerSocket server = new ServerSocket(0, 1_024, InetAddress.getLoopbackAddress());

    LocalProvider() throws IOException {}

    /** Begins to take connections; the last thing that a constructor does. */
    final void listen() {
        Thread.ofVirtual().start(this::accept);
    }

    final SocketAddress address() {
        return server.getLocalSocketAddress();
    }

    final String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    /** Serves one connection, which is closed afterwards. */
    abstract void serve(Socket socket) throws IOException;

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        serve(socket);
                    } catch (IOException e) {
                        unlessClosed("cannot answer", e);
                    }
                });
            }
        } catch (IOException e) {
            unlessClosed("cannot accept", e);
        }
    }

    private void unlessClosed(String what, IOException cause) {
        if (!server.isClosed()) {
            throw new IllegalStateException(getClass().getSimpleName() + " " + what, cause);
        }
    }

    @Override
    public final void close() throws IOException {
        server.close();
    }
}
