package dev.execlaw.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The HTTP API as a client uses it. */
final class Api {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration BOOT = Duration.ofMinutes(2);
    private static final Duration TEMPLATE = Duration.ofMinutes(5);
    private static final Duration TURN = Duration.ofSeconds(90);

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI base;
    private final String token;

    Api(URI base, String token) {
        this.base = base;
        this.token = token;
    }

    URI uri(String path) {
        return base.resolve("/api/v1" + path);
    }

    String token() {
        return token;
    }

    boolean answers() {
        try {
            return call("GET", "/health", null, Map.of()).statusCode() == 200;
        } catch (AssertionError _) {
            return false; // not listening yet: the caller waits on
        }
    }

    /** One raw call. Headers given replace the usual ones. */
    HttpResponse<String> call(
            String method, String path, @org.jspecify.annotations.Nullable String body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(60))
                .setHeader("Authorization", "Bearer " + token)
                .setHeader("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (method.equals("POST")) {
            request.setHeader("Idempotency-Key", UUID.randomUUID().toString());
        }
        headers.forEach(request::setHeader);
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(method + " " + path + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(method + " " + path + " was interrupted", e);
        }
    }

    JsonNode get(String path) {
        return expect(200, call("GET", path, null, Map.of()));
    }

    JsonNode post(String path, ObjectNode body, int status) {
        return expect(status, call("POST", path, body.toString(), Map.of()));
    }

    JsonNode put(String path, ObjectNode body) {
        return expect(200, call("PUT", path, body.toString(), Map.of()));
    }

    ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** Asks for a session with the demo model and returns its id at once. */
    String create() {
        ObjectNode body = object().put("provider", "demo").put("model", "demo");
        return post("/sessions", body, 201).path("id").asString();
    }

    /** Creates a session and waits until its agent is idle. */
    String createReady() {
        String id = create();
        awaitIdle(id);
        return id;
    }

    /** Waits until new sessions are clones of a template. */
    void awaitClones() {
        Wait.until("a session that is a clone of a template", TEMPLATE, () -> {
            String id = createReady();
            boolean cloned = get("/sessions/" + id).path("boot").toString().contains("\"clone\"");
            delete(id);
            return cloned;
        });
    }

    void awaitIdle(String id) {
        awaitState(
                id,
                "an idle agent",
                BOOT,
                session -> session.path("agentState").asString().equals("idle"));
    }

    JsonNode awaitState(String id, String what, Duration limit, java.util.function.Predicate<JsonNode> test) {
        AtomicReference<JsonNode> last = new AtomicReference<>();
        try {
            Wait.until(what, limit, () -> {
                last.set(get("/sessions/" + id));
                return test.test(last.get());
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; the session is " + last.get(), e);
        }
        return last.get();
    }

    void send(String id, String text) {
        post("/sessions/" + id + "/messages", object().put("text", text), 202);
    }

    /** All events of a session after a sequence number. */
    List<JsonNode> events(String id, long after) {
        List<JsonNode> all = new ArrayList<>();
        long next = after;
        while (true) {
            JsonNode page = get("/sessions/" + id + "/events?after=" + next + "&limit=500")
                    .path("events");
            if (page.isEmpty()) {
                return all;
            }
            page.forEach(all::add);
            next = all.getLast().path("seq").asLong();
        }
    }

    long lastSeq(String id) {
        List<JsonNode> events = events(id, 0);
        return events.isEmpty() ? 0 : events.getLast().path("seq").asLong();
    }

    /** Sends a message and returns the events up to the end of its turn. */
    List<JsonNode> turn(String id, String text) {
        long before = lastSeq(id);
        send(id, text);
        return awaitTurnEnd(id, before);
    }

    List<JsonNode> awaitTurnEnd(String id, long after) {
        AtomicReference<List<JsonNode>> seen = new AtomicReference<>(List.of());
        Wait.until("the end of the turn", TURN, () -> {
            seen.set(events(id, after));
            return seen.get().stream().anyMatch(e -> type(e).equals("turn_finished"));
        });
        return seen.get();
    }

    void delete(String id) {
        HttpResponse<String> response = call("DELETE", "/sessions/" + id, null, Map.of());
        if (response.statusCode() != 204) {
            throw new AssertionError("DELETE answered " + response.statusCode() + ": " + response.body());
        }
    }

    static String type(JsonNode event) {
        return event.path("type").asString();
    }

    /** The joined text of one event type. */
    static String text(List<JsonNode> events, String type) {
        StringBuilder text = new StringBuilder();
        for (JsonNode event : events) {
            if (type(event).equals(type)) {
                text.append(event.path("payload")
                        .path(type.equals("tool_result") ? "output" : "text")
                        .asString());
            }
        }
        return text.toString();
    }

    private static JsonNode expect(int status, HttpResponse<String> response) {
        if (response.statusCode() != status) {
            throw new AssertionError(response.request().method() + " " + response.uri() + " answered "
                    + response.statusCode() + ", expected " + status + ": " + response.body());
        }
        return JSON.readTree(response.body().isEmpty() ? "null" : response.body());
    }
}
