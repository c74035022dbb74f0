package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A double of nullclaw's A2A endpoint, of its forms (src/a2a.zig): a real port, real answers, a scripted agent behind them.
 * A message that begins with "hang" is not answered until it is cancelled or {@link #release}d; "cut" ends the connection
 * before the answer; "fail" is answered with an error.
 */
final class A2aDouble implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();

    private final ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    private final String token;
    private final Supplier<Optional<GatewaySession>> session;
    private final Map<String, String> states = new ConcurrentHashMap<>();
    private final List<String> methods = new CopyOnWriteArrayList<>();
    private final Semaphore goOn = new Semaphore(0);
    private volatile String newest = "";

    A2aDouble(String token, Supplier<Optional<GatewaySession>> session) throws IOException {
        this.token = token;
        this.session = session;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** What it was asked. */
    List<String> methods() {
        return List.copyOf(methods);
    }

    void release() {
        goOn.release();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return; // it was closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            int length = 0;
            boolean known = false;
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(line.substring(15).strip());
                }
                known |= line.equals("Authorization: Bearer " + token);
            }
            char[] body = new char[length];
            int got = 0;
            while (got < length) {
                got += in.read(body, got, length - got);
            }
            if (!known) {
                whole(socket.getOutputStream(), "{\"error\":\"unauthorized\"}");
                return;
            }
            answer(JSON.readTree(new String(body)), socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void answer(JsonNode request, Socket socket) throws IOException {
        String method = request.path("method").asString();
        methods.add(method);
        String id = request.at("/params/id").asString("");
        OutputStream out = socket.getOutputStream();
        switch (method) {
            case "message/stream" ->
                turn(request.at("/params/message/parts/0/text").asString(), socket, out);
            case "tasks/list" ->
                whole(out, "{\"result\":{\"tasks\":[" + (newest.isEmpty() ? "" : task(newest)) + "]}}");
            case "tasks/get" -> whole(out, "{\"result\":" + task(id) + "}");
            case "tasks/cancel" -> {
                boolean running = states.replace(id, "working", "canceled");
                whole(
                        out,
                        running
                                ? "{\"result\":" + task(id) + "}"
                                : "{\"error\":{\"code\":-32002,\"message\":\"Task already in terminal state\"}}");
                if (running) {
                    goOn.release();
                }
            }
            default -> whole(out, "{\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}");
        }
    }

    private void turn(String reference, Socket socket, OutputStream out) throws IOException {
        String text = session.get()
                .flatMap(open -> open.texts().apply(reference))
                .map(message -> message.text())
                .orElse(reference);
        String id = "task-" + (states.size() + 1);
        states.put(id, "working");
        newest = id;
        out.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: keep-alive\r\n\r\n"
                .getBytes(StandardCharsets.UTF_8));
        event(out, "{\"result\":" + task(id) + "}");
        tell(text.startsWith("fail"), text.startsWith("hang") || text.startsWith("cut"), text, socket);
        if (text.startsWith("fail")) {
            states.put(id, "failed");
            event(out, "{\"error\":{\"code\":-32603,\"message\":\"Agent processing failed\"}}");
            return;
        }
        states.replace(id, "working", "completed");
        if (!socket.isClosed()) {
            event(
                    out,
                    "{\"result\":{\"kind\":\"status-update\",\"taskId\":\"" + id + "\",\"status\":{\"state\":\""
                            + states.get(id) + "\"},\"final\":true}}");
        }
    }

    /** The model's traffic, as the gateway sees it. */
    private void tell(boolean fails, boolean waits, String text, Socket socket) throws IOException {
        session.get().ifPresent(open -> open.listener().callStarted("m"));
        if (text.startsWith("cut")) {
            socket.close();
        }
        if (waits) {
            goOn.acquireUninterruptibly();
        }
        session.get().ifPresent(open -> {
            if (fails && !text.startsWith("fail silently")) {
                open.listener().callFailed(new Problem(ErrorCode.INTERNAL, "the provider is down", "wait"));
            } else {
                open.listener().event(new EventPayload.Message("You said: " + text, "p"));
                open.listener().callFinished(!fails);
            }
        });
    }

    private String task(String id) {
        return "{\"id\":\"" + id + "\",\"kind\":\"task\",\"contextId\":\"execlaw\",\"status\":{\"state\":\""
                + states.get(id) + "\"},\"metadata\":{}}";
    }

    private static void event(OutputStream out, String json) throws IOException {
        out.write(("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static void whole(OutputStream out, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        out.write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                        + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        out.write(body);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
        goOn.release(100);
    }
}
