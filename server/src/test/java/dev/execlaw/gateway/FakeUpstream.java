package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.JsonNode;

/** A provider on loopback whose every byte the test writes. One connection for each call. */
final class FakeUpstream implements AutoCloseable {

    /** Answers one call; the connection is closed when it returns. */
    interface Script {
        void answer(OutputStream out, JsonNode request) throws Exception;
    }

    final List<String> heads = new CopyOnWriteArrayList<>();
    final List<JsonNode> requests = new CopyOnWriteArrayList<>();
    final CountDownLatch hungUp = new CountDownLatch(1);
    private final ServerSocket server;
    private volatile Script script = (out, request) -> {};

    FakeUpstream() throws IOException {
        server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    void script(Script next) {
        script = next;
    }

    /** Head of a stream that ends with its connection. */
    static void stream(OutputStream out) throws IOException {
        write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
    }

    static void status(OutputStream out, String line, String extra, String body) throws IOException {
        write(
                out,
                "HTTP/1.1 " + line + "\r\nConnection: close\r\n" + extra + "Content-Type: application/json\r\n\r\n"
                        + body);
    }

    static void delta(OutputStream out, String delta) throws IOException {
        write(
                out,
                "data: {\"model\":\"up\",\"choices\":[{\"index\":0,\"delta\":" + delta
                        + ",\"finish_reason\":null}]}\n\n");
    }

    static void text(OutputStream out, String text) throws IOException {
        delta(out, "{\"content\":" + Chunks.json(text) + "}");
    }

    static void end(OutputStream out, String reason) throws IOException {
        write(
                out,
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" + reason + "\"}]}\n\n"
                        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":7}}\n\ndata: [DONE]\n\n");
    }

    static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            String head = head(in);
            int length = head.toLowerCase(Locale.ROOT)
                    .lines()
                    .filter(line -> line.startsWith("content-length:"))
                    .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                    .findFirst()
                    .orElse(0);
            JsonNode request = Json.MAPPER.readTree(in.readNBytes(length));
            heads.add(head);
            requests.add(request);
            script.answer(socket.getOutputStream(), request);
        } catch (Exception e) {
            hungUp.countDown();
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("no whole request");
            }
            head.write(b);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
