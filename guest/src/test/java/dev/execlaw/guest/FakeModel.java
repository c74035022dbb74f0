package dev.execlaw.guest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A model on loopback that answers with what the test gives it, one body for each request. */
final class FakeModel implements AutoCloseable {

    final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> answers = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    FakeModel() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/chat/completions", this::answer);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** The next answer: text, streamed. */
    void says(String text) {
        answers.add("data: {\"choices\":[{\"delta\":{\"content\":" + json(text) + "}}]}\n\n: comment\n\n"
                + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
    }

    /** The next answer: one tool call in two pieces. */
    void calls(String tool, String arguments) {
        int half = arguments.length() / 2;
        answers.add(call(
                        ",\"id\":\"c" + answers.size() + "\"",
                        "\"name\":" + json(tool) + ",",
                        arguments.substring(0, half))
                + call("", "", arguments.substring(half))
                + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n");
    }

    /** The next answer: these bytes; three digits alone are a status. */
    void answers(String body) {
        answers.add(body);
    }

    private static String call(String id, String name, String piece) {
        return "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0" + id + ",\"function\":{" + name
                + "\"arguments\":" + json(piece) + "}}]}}]}\n\n";
    }

    static String json(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> json.append("\\u%04x".formatted(c)));
        return json.append('"').toString();
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        String body = answers.isEmpty() ? "500" : answers.removeFirst();
        int status = body.matches("\\d{3}") ? Integer.parseInt(body) : 200;
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(status, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
