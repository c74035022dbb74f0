package dev.execlaw.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/**
 * A model provider that answers, and to a message with {@code refuse} in it says the caller's key in its error, as a whole
 * and in parts.
 */
final class EchoingProvider implements AutoCloseable {

    private static final String STREAM = """
            data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"Fine."}}]}

            data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: [DONE]

            """;

    private static final String WHOLE = """
            {"choices":[{"index":0,"message":{"role":"assistant","content":"Fine."},"finish_reason":"stop"}]}
            """;

    private final HttpServer server;
    private final Set<String> keys = ConcurrentHashMap.newKeySet();

    EchoingProvider() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    /** Keys that came with calls. */
    Set<String> keys() {
        return Set.copyOf(keys);
    }

    private void answer(HttpExchange call) throws IOException {
        try (call) {
            String key = String.valueOf(call.getRequestHeaders().getFirst("Authorization"))
                    .replace("Bearer ", "");
            keys.add(key);
            String body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            if (body.contains("refuse") || call.getRequestMethod().equals("GET")) {
                String error = "{\"error\":{\"message\":\"Incorrect API key provided: " + key + ", that is "
                        + key.substring(0, 20) + "...; " + key.toUpperCase(java.util.Locale.ROOT)
                        + "\",\"code\":\"invalid_api_key\"}}";
                send(call, 401, "application/json", error);
            } else if (body.contains("\"stream\":true")) {
                send(call, 200, "text/event-stream", STREAM);
            } else {
                send(call, 200, "application/json", WHOLE);
            }
        }
    }

    private static void send(HttpExchange call, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        call.getResponseHeaders().set("Content-Type", type);
        call.sendResponseHeaders(status, bytes.length);
        call.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
