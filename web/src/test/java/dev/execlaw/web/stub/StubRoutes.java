package dev.execlaw.web.stub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** The paths of the API and the files of the user interface, under the content security policy of the real server. */
final class StubRoutes extends Handler.Abstract {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
                    + " font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none';"
                    + " form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify";
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);

    private final StubServer stub;
    private final StubMoments moments;

    StubRoutes(StubServer stub) {
        this.stub = stub;
        this.moments = new StubMoments(stub);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = Request.getPathInContext(request);
        if (stub.unreachable) {
            request.getConnectionMetaData().getConnection().getEndPoint().close();
            callback.failed(new IOException("unreachable"));
            return true;
        }
        response.getHeaders().put("Content-Security-Policy", POLICY);
        try {
            if (path.equals("/login")) {
                stub.signedOut = false;
                response.getHeaders().put(HttpHeader.LOCATION, "/");
                send(response, 303, "text/plain", new byte[0]);
            } else if (path.equals("/logout")) {
                stub.signOut();
                send(response, 204, null, new byte[0]);
            } else if (!path.startsWith("/api/v1/")) {
                file(response, path);
            } else if (stub.signedOut) {
                problem(response, 401, "UNAUTHENTICATED", "No valid token came with the request.", "Sign in again.");
            } else if (path.equals("/api/v1/events")) {
                events(request, response);
            } else {
                api(request, response, path.substring("/api/v1".length()).split("/", -1));
            }
            callback.succeeded();
        } catch (IOException e) {
            // The browser left.
            callback.failed(e);
        }
        return true;
    }

    private void api(Request request, Response response, String[] path) throws Exception {
        String method = request.getMethod();
        if (path[1].equals("system")) {
            json(response, 200, stub.system());
        } else if (path[1].equals("keys")) {
            keys(request, response, path, method);
        } else if (path[1].equals("email")) {
            json(response, 200, stub.mail.json());
        } else if (path[1].equals("usage")) {
            json(response, 200, StubUsage.report(text(request, "from")));
        } else if (path[1].equals("models")) {
            var models = stub.models.list(String.valueOf(text(request, "provider")));
            if (models == null) {
                problem(response, 503, "SHUTTING_DOWN", "The list of models is not there.", "");
            } else {
                json(response, 200, models);
            }
        } else if (!path[1].equals("sessions")) {
            problem(response, 404, "NOT_FOUND", "There is no " + String.join("/", path), "");
        } else if (path.length == 2 && method.equals("GET")) {
            json(response, 200, Map.of("sessions", stub.list()));
        } else if (path.length == 2) {
            create(request, response);
        } else {
            StubSession session = stub.sessions.get(path[2]);
            if (session == null) {
                problem(
                        response,
                        404,
                        "NOT_FOUND",
                        "There is no session " + path[2] + ".",
                        "Look at the list of sessions.");
            } else {
                session(request, response, session, method, path);
            }
        }
    }

    private void keys(Request request, Response response, String[] path, String method) throws Exception {
        if (path.length == 2) {
            json(response, 200, Map.of("keys", stub.keys.list()));
        } else if (method.equals("DELETE")) {
            stub.keys.remove(path[2]);
            send(response, 204, null, new byte[0]);
        } else if (method.equals("POST")) {
            json(response, 200, stub.keys.test(path[2]));
        } else if (body(request).get("key") instanceof String key && !key.isBlank()) {
            json(response, 200, stub.keys.put(path[2], key));
        } else {
            problem(response, 400, "INVALID_REQUEST", "key is empty", "send the provider's key, 1 to 4096 characters");
        }
    }

    private void create(Request request, Response response) throws Exception {
        Map<String, Object> body = body(request);
        Object memory = body.get("memoryMiB");
        if (memory instanceof Integer wanted && wanted > 7168) {
            String detail = "A machine of " + wanted + " MiB does not fit: 7168 of 8192 MiB are free.";
            problem(response, 503, "CAPACITY_MEMORY", detail, "Choose a smaller machine, or stop one.");
            return;
        }
        var network = new StubNetwork(stub.userMode);
        if (body.get("network") instanceof Map<?, ?> wanted) {
            var refusal = network.change(wanted);
            if (refusal != null) {
                problem(response, refusal.status(), refusal.code(), refusal.detail(), "");
                return;
            }
        }
        var session = stub.make(body, network, Instant.now());
        session.tell();
        session.start(null);
        json(response, 201, session.json());
    }

    private void session(Request request, Response response, StubSession session, String method, String[] path)
            throws Exception {
        String what = path.length > 3 ? path[3] : "";
        switch (method + " " + what) {
            case "GET " -> json(response, 200, session.json());
            case "PATCH " ->
                json(
                        response,
                        200,
                        session.set("name", body(request).get("name")).json());
            case "DELETE " -> {
                stub.delete(session.id);
                send(response, 204, null, new byte[0]);
            }
            case "GET events" -> page(request, response, session);
            case "POST messages" -> post(request, response, session);
            case "DELETE messages" -> {
                if (session.unqueue(path[4])) {
                    send(response, 204, null, new byte[0]);
                } else {
                    problem(response, 409, "STATE_CONFLICT", "The message is no longer queued.", "");
                }
            }
            case "POST stop" -> {
                session.stop();
                json(response, 202, session.json());
            }
            case "POST start" -> {
                session.start(null);
                json(response, 202, session.json());
            }
            case "GET network" -> json(response, 200, session.network());
            case "PUT network" -> {
                var refusal = session.policy(body(request));
                if (refusal == null) {
                    json(response, 200, session.network());
                } else {
                    problem(response, refusal.status(), refusal.code(), refusal.detail(), "Change it and apply again.");
                }
            }
            case "POST interrupt" -> {
                session.interrupt();
                json(response, 202, session.json());
            }
            case "POST email" -> {
                var answer = stub.mail.send(session.id, body(request).get("to"));
                json(response, answer.status(), answer.body());
            }
            default -> {
                var answer = moments.answer(request, session, method + " " + what);
                if (answer == null) {
                    problem(response, 405, "METHOD_NOT_ALLOWED", method + " is not possible here.", "");
                } else {
                    json(response, answer.status(), answer.body());
                }
            }
        }
    }

    private void post(Request request, Response response, StubSession session) throws Exception {
        stub.messagePosts.incrementAndGet();
        String key = request.getHeaders().get("Idempotency-Key");
        String text = (String) body(request).get("text");
        if (key == null || text == null || text.length() > 200_000) {
            problem(response, 400, "INVALID_REQUEST", "A message needs a key and a text.", "");
            return;
        }
        json(response, 202, stub.answered.computeIfAbsent(key, first -> session.post(text)));
    }

    private void page(Request request, Response response, StubSession session) throws IOException {
        long after = parameter(request, "after", 0);
        int limit = (int) Math.min(1000, parameter(request, "limit", 200));
        List<StubLog.Entry> page = stub.log.page(session.id, after, limit);
        long next = page.isEmpty() ? after : page.getLast().seq();
        String events = page.stream().map(StubLog.Entry::json).collect(Collectors.joining(","));
        send(
                response,
                200,
                "application/json",
                ("{\"events\":[" + events + "],\"next\":" + next + "}").getBytes(UTF_8));
    }

    private void events(Request request, Response response) throws Exception {
        long epoch = stub.epoch.get();
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        stub.streams.incrementAndGet();
        try (OutputStream out = Content.Sink.asOutputStream(response)) {
            long cursor = parameter(request, "after", stub.log.head());
            frame(out, "hb", "{\"time\":\"" + Instant.now() + "\",\"head\":" + stub.log.head() + "}");
            if (stub.resync || cursor > stub.log.head()) {
                stub.resync = false;
                cursor = stub.log.head();
                frame(out, "resync", "{\"head\":" + cursor + "}");
            }
            long beat = System.nanoTime();
            while (stub.epoch.get() == epoch) {
                var text = new StringBuilder();
                for (StubLog.Entry entry : stub.log.after(cursor, 500)) {
                    cursor = entry.cursor();
                    text.append("id: ")
                            .append(cursor)
                            .append("\nevent: log\ndata: ")
                            .append(entry.json())
                            .append("\n\n");
                }
                if (System.nanoTime() - beat > HEARTBEAT.toNanos()) {
                    beat = System.nanoTime();
                    text.append("event: hb\ndata: {\"time\":\"")
                            .append(Instant.now())
                            .append("\"}\n\n");
                }
                out.write(text.toString().getBytes(UTF_8));
                out.flush();
                stub.log.await(cursor, HEARTBEAT);
            }
        } finally {
            stub.streams.decrementAndGet();
        }
    }

    private static void frame(OutputStream out, String event, String data) throws IOException {
        out.write(("event: " + event + "\ndata: " + data + "\n\n").getBytes(UTF_8));
        out.flush();
    }

    private static @Nullable String text(Request request, String name) {
        return Request.extractQueryParameters(request).getValue(name);
    }

    private static long parameter(Request request, String name, long otherwise) {
        String value = text(request, name);
        return value == null ? otherwise : Long.parseLong(value);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> body(Request request) throws IOException {
        try (InputStream in = Content.Source.asInputStream(request)) {
            return StubLog.JSON.readValue(in, Map.class);
        }
    }

    private static void file(Response response, String path) throws IOException {
        boolean asset = path.startsWith("/assets/");
        try (InputStream in =
                StubRoutes.class.getResourceAsStream("/dev/execlaw/web" + (asset ? path : "/index.html"))) {
            if (in == null) {
                send(response, 404, "text/plain", new byte[0]);
                return;
            }
            String type = path.endsWith(".js")
                    ? "text/javascript"
                    : path.endsWith(".css")
                            ? "text/css"
                            : path.endsWith(".svg") ? "image/svg+xml" : "text/html;charset=utf-8";
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, asset ? "max-age=31536000, immutable" : "no-cache");
            send(response, 200, type, in.readAllBytes());
        }
    }

    private static void json(Response response, int status, Object body) throws IOException {
        send(response, status, "application/json", StubLog.JSON.writeValueAsBytes(body));
    }

    private static void problem(Response response, int status, String code, String detail, String next)
            throws IOException {
        var problem = Map.of(
                "type", "about:blank", "title", code, "status", status, "code", code, "detail", detail, "next", next);
        send(response, status, "application/problem+json", StubLog.JSON.writeValueAsBytes(problem));
    }

    private static void send(Response response, int status, @Nullable String type, byte[] body) throws IOException {
        response.setStatus(status);
        if (type != null) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        }
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        try (OutputStream out = Content.Sink.asOutputStream(response)) {
            out.write(body);
        }
    }
}
