package dev.execlaw.http;

import static dev.execlaw.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is wrong is said in plain words, with a stable code and a next step. */
final class BadRequestTest {

    private static TestServer server;
    private static String id;

    @BeforeAll
    static void start() throws Exception {
        server = new TestServer(TestServer.settings(draft -> {
            draft.bodyLimit = 300_000;
            return draft;
        }));
        id = server.session();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static void problem(HttpResponse<String> response, int status, String code, String... words) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
        var problem = json(response);
        assertThat(problem.get("code").stringValue()).isEqualTo(code);
        assertThat(problem.get("status").intValue()).isEqualTo(status);
        assertThat(problem.get("title").stringValue()).isNotEmpty();
        assertThat(problem.get("type").stringValue()).isEqualTo("about:blank");
        assertThat(problem.get("next").stringValue()).isNotEmpty();
        assertThat(problem.get("detail").stringValue() + problem.get("next").stringValue())
                .contains(words.length == 0 ? new String[] {" "} : words);
    }

    @Test
    void unknownPathsAndMethods() throws Exception {
        problem(server.get("/nothing"), 404, "NOT_FOUND", "/api/v1/nothing", "openapi.json");
        problem(server.get("/sessions/a%20b"), 404, "NOT_FOUND");
        problem(server.get("/sessions/s404"), 404, "NOT_FOUND", "s404");
        HttpResponse<String> put = server.call("PUT", "/sessions/" + id);
        problem(put, 405, "METHOD_NOT_ALLOWED", "PUT", "DELETE, GET, HEAD, PATCH");
        assertThat(put.headers().firstValue("Allow")).contains("DELETE, GET, HEAD, PATCH");
        problem(server.call("POST", "/events"), 405, "METHOD_NOT_ALLOWED", "Use GET.");
        problem(server.send(server.bare("/api/v2/sessions")), 404, "NOT_FOUND");
        problem(server.send(server.bare("/nothing/here")), 404, "NOT_FOUND");
        problem(
                server.send(server.bare("/").POST(HttpRequest.BodyPublishers.noBody())),
                405,
                "METHOD_NOT_ALLOWED",
                "GET, HEAD");
    }

    @Test
    void bodiesThatAreNotTheExpectedJson() throws Exception {
        problem(
                server.post("/sessions", "{\"provider\": \"demo\",\n \"modle\": \"x\"}"),
                400,
                "UNKNOWN_FIELD",
                "\"modle\"",
                "Did you mean \"model\"?");
        problem(server.post("/sessions", "{\"provider\": \"demo\",\n  oops}"), 400, "INVALID_REQUEST", "line 2");
        problem(server.post("/sessions", "{\"name\": \"x\"}"), 400, "INVALID_REQUEST", "\"provider\" is missing");
        problem(server.post("/sessions", "{\"provider\":null}"), 400, "INVALID_REQUEST", "\"provider\" is missing");
        problem(
                server.post("/sessions", "{\"provider\":\"demo\",\"vcpus\":\"2\"}"),
                400,
                "INVALID_REQUEST",
                "\"vcpus\" is not a whole number");
        problem(
                server.post("/sessions", "{\"provider\":\"demo\",\"vcpus\":1.5}"),
                400,
                "INVALID_REQUEST",
                "\"vcpus\" is not a whole number");
        problem(
                server.post("/sessions", "{\"provider\":\"demo\",\"vcpus\":99999999999}"),
                400,
                "INVALID_REQUEST",
                "vcpus");
        problem(
                server.post("/sessions", "{\"provider\":\"a\",\"provider\":\"b\"}"),
                400,
                "INVALID_REQUEST",
                "provider");
        problem(server.post("/sessions", "{\"provider\":\"demo\"} x"), 400, "INVALID_REQUEST", "line 1");
        problem(server.post("/sessions", "[]"), 400, "INVALID_REQUEST");
        problem(server.post("/sessions", "null"), 400, "INVALID_REQUEST");
        problem(server.post("/sessions", ""), 400, "INVALID_REQUEST", "no body");
        problem(server.post("/sessions", "[".repeat(5_000)), 400, "INVALID_REQUEST");
        problem(server.post("/sessions", "{\"provider\":\"nope\"}"), 400, "UNKNOWN_PROVIDER", "nope");
        problem(server.post("/sessions/" + id + "/messages", "{\"text\":\"\"}"), 400, "INVALID_REQUEST", "empty");
        problem(server.post("/sessions/" + id + "/stop", "{\"force\":true}"), 400, "UNKNOWN_FIELD", "force");
    }

    @Test
    void numbersInTheQuery() throws Exception {
        problem(server.get("/sessions/" + id + "/events?limit=1001"), 400, "INVALID_REQUEST", "\"1001\"", "1 to 1000");
        problem(server.get("/sessions/" + id + "/events?after=-1"), 400, "INVALID_REQUEST", "after is \"-1\"");
        problem(server.get("/sessions/" + id + "/events?after=x"), 400, "INVALID_REQUEST", "after is \"x\"");
        problem(server.get("/events?after=x"), 400, "INVALID_REQUEST");
        problem(
                server.send(server.api("/events").header("Last-Event-ID", "z")),
                400,
                "INVALID_REQUEST",
                "Last-Event-ID");
        problem(server.get("/sessions/" + id + "/console"), 400, "INVALID_REQUEST", "WebSocket");
    }

    @Test
    void bodiesOfTheWrongTypeOrSize() throws Exception {
        var text = server.api("/sessions").header("Content-Type", "text/plain");
        problem(
                server.send(text.POST(HttpRequest.BodyPublishers.ofString("{}"))),
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                "text/plain",
                "application/json");
        problem(
                server.send(server.api("/sessions").POST(HttpRequest.BodyPublishers.ofString("{}"))),
                415,
                "UNSUPPORTED_MEDIA_TYPE");
        var zipped = server.api("/sessions")
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip");
        problem(
                server.send(zipped.POST(HttpRequest.BodyPublishers.ofString("{}"))),
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                "gzip");
        byte[] large = new byte[3_000_000];
        problem(
                server.post("/sessions", new String(large, java.nio.charset.StandardCharsets.US_ASCII)),
                413,
                "BODY_TOO_LARGE",
                "3000000",
                "300000");
        var chunked = server.api("/sessions")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)));
        problem(server.send(chunked), 413, "BODY_TOO_LARGE", "300000");
    }

    @Test
    void aLongMessageWithControlCharactersArrivesWhole() throws Exception {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i < 32; i++) {
            text.append((char) i);
        }
        text.append("\u2028\ud83e\udd9e\n[x] line\n").append("y".repeat(100_000));
        String body = Json.MAPPER.writeValueAsString(new SessionEndpoints.NewMessage(text.toString()));
        assertThat(server.post("/sessions/" + id + "/messages", body).statusCode())
                .isEqualTo(202);
        assertThat(server.sessions.posted).contains(text.toString());
    }

    @Test
    void theRequestIdIsTheCallersWhereItIsHarmless() throws Exception {
        var mine = server.send(server.api("/system").header("X-Request-Id", "abc-1"));
        assertThat(mine.headers().firstValue("X-Request-Id")).contains("abc-1");
        var odd = server.send(server.api("/system").header("X-Request-Id", "a b<script>"));
        assertThat(odd.headers().firstValue("X-Request-Id").orElseThrow()).matches("[0-9a-f]{16}");
    }
}
