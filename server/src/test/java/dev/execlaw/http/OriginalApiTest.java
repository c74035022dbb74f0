package dev.execlaw.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.auth.Proxies;
import dev.execlaw.email.EmailSettings;
import dev.execlaw.email.Emails;
import dev.execlaw.email.IdleEmails;
import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.ModelInfo;
import dev.execlaw.gateway.ModelListing;
import dev.execlaw.gateway.Price;
import dev.execlaw.gateway.Providers;
import dev.execlaw.original.ExeDev;
import dev.execlaw.original.ModelLists;
import dev.execlaw.original.Original;
import dev.execlaw.store.Database;
import dev.execlaw.store.IdleEmailTable;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The endpoints of the first ExeClaw: its fields, its words, our guard. */
final class OriginalApiTest {

    @TempDir
    Path directory;

    private Database database;
    private TestServer server;

    @BeforeEach
    void open() throws IOException {
        database = Database.open(directory.resolve("test.db"));
        server = start(false, false, List.of());
    }

    private TestServer start(boolean openOnLoopback, boolean headers, List<String> proxies) throws IOException {
        HttpSettings settings = TestServer.settings(draft -> {
            draft.proxies =
                    new Proxies(proxies.stream().map(Proxies.Network::parse).toList());
            draft.heartbeat = Duration.ofMillis(200);
            return draft;
        });
        return new TestServer(settings, test -> {
            Emails emails = new Emails(EmailSettings.NONE, test.log, InstantSource.system());
            IdleEmails idle = new IdleEmails(emails, test.log, test.sessions, new IdleEmailTable(database));
            return new HttpParts(
                    emails,
                    new Original(new Original.Parts(
                            test.sessions,
                            test.log,
                            emails,
                            idle,
                            ModelLists.of(Providers.defaults(), OriginalApiTest::models),
                            new ExeDev(false, ExeDev.COMMANDS),
                            () -> new Original.Facts(true, 1000, 64),
                            InstantSource.system())),
                    openOnLoopback,
                    headers);
        });
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        database.close();
    }

    private HttpRequest.Builder request(String path) {
        return server.bare("/api" + path).header("Authorization", "Bearer " + TestServer.TOKEN);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return server.send(request(path));
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return server.send(
                request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    private String create() throws Exception {
        HttpResponse<String> created = post("/sessions", """
                {"provider":"demo","apiKey":"k","model":"demo","name":"n","temperature":0.7,"maxTokens":8192,
                 "systemPrompt":"","idleTimeoutMin":1,"emailOnIdleKill":true,"emailOnIdleKillTo":"","unknown":1}""");
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(TestServer.json(created).path("status").asString()).isEqualTo("created");
        return TestServer.json(created).path("id").asString();
    }

    private static ModelListing models(String provider) {
        return new ModelListing(
                List.of(
                        new ModelInfo(provider + "-large", "Large", 1_000, new Price(1, 2, null), true),
                        new ModelInfo(provider + "-small:free", "Small", null, null, false),
                        new ModelInfo(provider + "-gift", "Gift", null, new Price(0, 0, null), false)),
                ModelListing.From.CONFIGURED,
                null);
    }

    @Test
    void theHostIsToldWithItsFields() throws Exception {
        assertThat(server.send(server.bare("/api/health")).body())
                .isEqualTo("{\"status\":\"ok\",\"kvm\":true,\"sessions\":0}");
        var system = TestServer.json(get("/system"));
        assertThat(system.propertyNames())
                .containsExactlyInAnyOrder(
                        "totalMB",
                        "usedMB",
                        "availableMB",
                        "freeMB",
                        "buffersCacheMB",
                        "percentUsed",
                        "load1",
                        "load5",
                        "load15",
                        "sessions",
                        "maxSessions");
        assertThat(system.path("percentUsed").asDouble()).isBetween(0.1, 100.0);
        assertThat(system.path("load1").isString()).isTrue();
        assertThat(system.path("maxSessions").asInt()).isEqualTo(15);
        assertThat(get("/platform").body()).isEqualTo("{\"isExeDev\":false}");
    }

    @Test
    void everyProviderOfThatTimeHasOneDefaultModel() throws Exception {
        for (String provider : List.of("anthropic", "openai", "openrouter")) {
            var models = TestServer.json(get("/models/" + provider)).path("models");
            int defaults = 0;
            for (var model : models) {
                assertThat(model.path("id").asString()).isNotEmpty();
                assertThat(model.path("name").asString()).isNotEmpty();
                defaults += model.path("default").asBoolean() ? 1 : 0;
            }
            assertThat(defaults).as(provider).isEqualTo(1);
        }
        HttpResponse<String> unknown = get("/models/nobody");
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body())
                .isEqualTo("{\"error\":\"unknown provider: nobody\",\"message\":\"unknown provider: nobody\"}");
    }

    @Test
    void aSessionIsMadeAskedForAndRemoved() throws Exception {
        String id = create();
        assertThat(server.sessions.created.getFirst().idleTimeoutMin()).isEqualTo(5);
        var status = TestServer.json(get("/sessions/" + id + "/status"));
        assertThat(status.propertyNames()).containsExactly("id", "state", "uptime", "model");
        assertThat(status.path("state").asString()).isEqualTo("creating");
        assertThat(post("/sessions/" + id + "/input", "{\"message\":\"hello\"}").body())
                .isEqualTo("{\"ok\":true}");
        assertThat(server.sessions.posted).containsExactly("hello");
        assertThat(server.send(request("/sessions/" + id).DELETE()).body()).isEqualTo("{\"ok\":true}");
        HttpResponse<String> gone = get("/sessions/" + id + "/status");
        assertThat(gone.statusCode()).isEqualTo(404);
        assertThat(gone.body()).contains("\"error\":\"session not found\"");
    }

    @Test
    void whatIsMissingIsSaidInItsWords() throws Exception {
        assertThat(post("/sessions", "{}").body()).contains("\"error\":\"provider is required\"");
        assertThat(post("/sessions", "{\"provider\":\"demo\"}").body()).contains("\"error\":\"model is required\"");
        assertThat(post("/sessions", "{").body()).contains("\"error\":\"invalid JSON body: ");
        String id = create();
        HttpResponse<String> empty = post("/sessions/" + id + "/input", "{\"message\":\"\"}");
        assertThat(empty.statusCode()).isEqualTo(400);
        assertThat(empty.body()).contains("\"error\":\"message is required\"");
        assertThat(post("/sessions/" + id + "/email", "{}").body()).contains("to email address is required");
        assertThat(post("/sessions/" + id + "/email", "{\"to\":\"a@b.org\"}").statusCode())
                .isEqualTo(403);
        assertThat(post("/exedev/new", "{}").statusCode()).isEqualTo(403);
        HttpResponse<String> method = server.send(request("/sessions"));
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.body()).contains("\"error\":\"method not allowed\"");
        assertThat(get("/nothing").body()).contains("\"error\":\"not found\"");
    }

    @Test
    void nobodyGetsInWithoutACredential() throws Exception {
        String id = create();
        for (String path : List.of(
                "/system",
                "/userinfo",
                "/models/openai",
                "/sessions/" + id + "/status",
                "/sessions/" + id + "/stream")) {
            HttpResponse<String> refused = server.send(server.bare("/api" + path));
            assertThat(refused.statusCode()).as(path).isEqualTo(401);
            assertThat(TestServer.json(refused).path("error").asString()).isNotEmpty();
        }
        HttpResponse<String> foreign = server.send(request("/sessions")
                .header("Content-Type", "application/json")
                .header("Origin", "https://evil.example")
                .POST(BodyPublishers.ofString("{}")));
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(foreign.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        HttpResponse<String> form = server.send(
                request("/sessions").header("Content-Type", "text/plain").POST(BodyPublishers.ofString("{}")));
        assertThat(form.statusCode()).isEqualTo(415);
    }

    @Test
    void loopbackIsLetInWhereThatIsConfigured() throws Exception {
        server.close();
        server = start(true, false, List.of());
        assertThat(server.send(server.bare("/api/system")).statusCode()).isEqualTo(200);
        assertThat(server.send(server.bare("/api/system").header("Authorization", "Bearer wrong"))
                        .statusCode())
                .isEqualTo(401);
        assertThat(server.send(server.bare("/api/system").header("X-Forwarded-For", "203.0.113.7"))
                        .statusCode())
                .as("handed on by a proxy")
                .isEqualTo(401);
        assertThat(server.send(server.bare("/api/v1/system")).statusCode()).isEqualTo(401);
        assertThat(server.send(server.bare("/api/sessions")
                                .header("Content-Type", "application/json")
                                .header("Origin", "https://evil.example")
                                .POST(BodyPublishers.ofString("{}")))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void headersTellWhoAsksOnlyFromATrustedProxy() throws Exception {
        HttpRequest.Builder told =
                request("/userinfo").header("X-ExeDev-Email", "me@example.org").header("X-ExeDev-UserID", "usr1");
        String nobody = "{\"email\":\"\",\"userId\":\"\",\"isExeDev\":false}";
        assertThat(server.send(told).body()).isEqualTo(nobody);
        server.close();
        server = start(false, true, List.of("10.0.0.1"));
        assertThat(server.send(request("/userinfo").header("X-ExeDev-Email", "me@example.org"))
                        .body())
                .isEqualTo(nobody);
        server.close();
        server = start(false, true, List.of("127.0.0.1"));
        assertThat(server.send(request("/userinfo")
                                .header("X-ExeDev-Email", "me@example.org")
                                .header("X-ExeDev-UserID", "usr1"))
                        .body())
                .isEqualTo("{\"email\":\"me@example.org\",\"userId\":\"usr1\",\"isExeDev\":false}");
        assertThat(server.send(server.bare("/api/system").header("X-ExeDev-Email", "me@example.org"))
                        .statusCode())
                .as("they let nobody in")
                .isEqualTo(401);
    }

    @Test
    void aRequestSentTwiceWithOneKeyIsDoneOnce() throws Exception {
        String body = "{\"provider\":\"demo\",\"apiKey\":\"k\",\"model\":\"demo\"}";
        String first = server.send(request("/sessions")
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", "k1")
                        .POST(BodyPublishers.ofString(body)))
                .body();
        String second = server.send(request("/sessions")
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", "k1")
                        .POST(BodyPublishers.ofString(body)))
                .body();
        assertThat(second).isEqualTo(first);
        assertThat(server.sessions.created).hasSize(1);
    }

    private SseClient stream(String id, String... headers) throws IOException {
        return SseClient.of(server, "/api/sessions/" + id + "/stream", headers);
    }

    private static List<SseClient.Frame> until(SseClient stream, String event) throws IOException {
        List<SseClient.Frame> frames = new ArrayList<>();
        do {
            frames.add(stream.next());
            assertThat(frames.getLast())
                    .as("a frame %s after %s", event, frames)
                    .isNotNull();
        } while (!frames.getLast().event().equals(event));
        return frames;
    }

    private static List<String> contents(List<SseClient.Frame> frames) {
        return frames.stream()
                .filter(frame -> frame.event().equals("message"))
                .map(frame -> frame.data().path("role").asString() + ": "
                        + frame.data().path("content").asString())
                .toList();
    }

    @Test
    void whoComesLateSeesAllAndWhoComesBackSeesTheRest() throws Exception {
        String id = create();
        server.log.append(id, new EventPayload.UserMessage("m1", "hello"));
        server.log.append(id, new EventPayload.Message("one\ntw", "p"));
        String last;
        try (SseClient first = stream(id)) {
            List<SseClient.Frame> past = until(first, "agent_idle");
            assertThat(past.stream().map(SseClient.Frame::event))
                    .containsExactly("status", "message", "message", "status", "agent_idle");
            assertThat(contents(past)).containsExactly("user: hello", "assistant: one");
            last = past.get(2).id();
        }
        server.log.append(id, new EventPayload.Message("o\nthree", "p"));
        server.log.append(id, new EventPayload.TurnFinished("completed", ""));
        try (SseClient back = stream(id, "Last-Event-ID: " + last);
                SseClient late = stream(id)) {
            assertThat(contents(until(back, "agent_idle"))).containsExactly("assistant: two", "assistant: three");
            assertThat(contents(until(late, "agent_idle")))
                    .containsExactly("user: hello", "assistant: one", "assistant: two", "assistant: three");
            post("/sessions/" + id + "/input", "{\"message\":\"own\"}");
            assertThat(late.next().event()).isEqualTo("agent_busy");
            server.sessions.delete(id);
            List<SseClient.Frame> end = until(late, "exit");
            assertThat(end.getLast().data().path("reason").asString()).isEqualTo("Session deleted");
            assertThat(late.next()).as("the end of the stream").isNull();
        }
    }

    @Test
    void aQuietStreamIsKeptAlive() throws Exception {
        String id = create();
        HttpResponse<java.io.InputStream> stream = server.client.send(
                request("/sessions/" + id + "/stream").build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(stream.headers().firstValue("Content-Type")).contains("text/event-stream");
        try (var in = new java.io.BufferedReader(
                new java.io.InputStreamReader(stream.body(), java.nio.charset.StandardCharsets.UTF_8))) {
            String line = in.readLine();
            while (!line.equals(": keep-alive")) {
                line = in.readLine();
            }
        }
    }
}
