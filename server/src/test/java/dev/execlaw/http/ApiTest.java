package dev.execlaw.http;

import static dev.execlaw.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventJson;
import dev.execlaw.event.EventPayload;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.session.ModelSettings;
import dev.execlaw.session.SessionPolicy;
import dev.execlaw.session.SwitchModel;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Every operation over real HTTP; every response is checked against the description. */
final class ApiTest {

    private TestServer server;
    private JsonNode description;
    private final Set<String> called = new HashSet<>();

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start();
        description = json(server.get("/openapi.json"));
        assertThat(description.get("openapi").stringValue()).isEqualTo("3.1.0");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void everyOperationAnswersAsDescribed() throws Exception {
        String id = json(expect(201, "POST", "/sessions", "{\"provider\":\"demo\",\"name\":\"one\"}"))
                .get("id")
                .stringValue();
        JsonNode list = json(expect(200, "GET", "/sessions", ""));
        assertThat(list.at("/sessions/0/id").stringValue()).isEqualTo(id);
        JsonNode session = json(expect(200, "GET", "/sessions/" + id, ""));
        assertThat(session.get("state").stringValue()).isEqualTo("creating");
        assertThat(session.get("agentState").stringValue()).isEqualTo("starting");
        assertThat(session.get("createdAt").stringValue()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(session.get("error").isNull()).isTrue();
        assertThat(json(expect(200, "PATCH", "/sessions/" + id, "{\"name\":\"two\"}"))
                        .get("name")
                        .stringValue())
                .isEqualTo("two");
        JsonNode posted = json(expect(202, "POST", "/sessions/" + id + "/messages", "{\"text\":\"hi\"}"));
        assertThat(posted.toString()).isEqualTo("{\"messageId\":\"m1\",\"state\":\"queued\"}");
        assertThat(expect(204, "DELETE", "/sessions/" + id + "/messages/m9", "").body())
                .isEmpty();
        expect(202, "POST", "/sessions/" + id + "/stop", "");
        assertThat(json(expect(202, "POST", "/sessions/" + id + "/start", "{}"))
                        .at("/error/code")
                        .stringValue())
                .isEqualTo("BOOT_FAILED");
        expect(202, "POST", "/sessions/" + id + "/interrupt", "");
        expect(202, "POST", "/sessions/" + id + "/permissions/q1", "{\"option\":\"once\"}");
        adjusts(id);
        assertThat(expect(200, "GET", "/sessions/" + id + "/outputs/t1", "").body())
                .isEqualTo("{\"id\":\"t1\",\"output\":\"all of it\"}");
        savesAndForks(id);
        assertThat(expect(200, "POST", "/sessions/" + id + "/doctor", "").body())
                .isEqualTo("{\"checks\":[{\"name\":\"dns\",\"verdict\":\"warn\",\"seen\":\"nothing resolves\","
                        + "\"todo\":\"nothing: it is meant so\"}]}");
        assertThat(expect(200, "POST", "/sessions/" + id + "/exec", "{\"command\":\"true\"}")
                        .body())
                .startsWith("{\"stdout\":\"\",\"stdoutBase64\":null,");
        JsonNode page = json(expect(200, "GET", "/sessions/" + id + "/events?after=1&limit=2", ""));
        assertThat(page.get("next").longValue()).isEqualTo(3);
        assertThat(page.at("/events/1").toString())
                .isEqualTo("{\"session\":\"s1\",\"seq\":3,\"time\":\"2026-01-02T03:04:05.678Z\","
                        + "\"type\":\"user_message\",\"payload\":{\"id\":\"m1\",\"text\":\"hi\"}}");
        expect(200, "GET", "/system", "");
        expect(200, "GET", "/models?provider=demo", "");
        expect(200, "GET", "/email", "");
        expect(409, "POST", "/sessions/" + id + "/email", "{\"to\":\"me@example.org\"}");
        assertThat(json(expect(200, "GET", "/health", "")).toString())
                .isEqualTo(
                        "{\"status\":\"ok\",\"version\":\"0.1.0\",\"driver\":\"qemu\",\"accelerator\":\"tcg\",\"sessions\":1}");
        assertThat(json(expect(200, "GET", "/sessions/" + id + "/network", ""))
                        .at("/traffic/droppedPackets")
                        .longValue())
                .isEqualTo(5);
        assertThat(json(expect(
                                200,
                                "PUT",
                                "/sessions/" + id + "/network",
                                "{\"policy\":\"allowlist\",\"allow\":[\"example.org\"]}"))
                        .at("/allow/0")
                        .stringValue())
                .isEqualTo("example.org");
        keys();
        expect(204, "DELETE", "/sessions/" + id, "");
        assertThat(json(expect(404, "GET", "/sessions/" + id, "")).get("code").stringValue())
                .isEqualTo("NOT_FOUND");
        called.addAll(List.of("GET /openapi.json", "GET /events", "GET /sessions/{id}/console"));
        assertThat(called).isEqualTo(described());
    }

    private void keys() throws Exception {
        assertThat(expect(200, "PUT", "/keys/paid", "{\"key\":\"sk-canary-0123456789abcdef\"}")
                        .body())
                .isEqualTo("{\"provider\":\"paid\",\"lastFour\":\"cdef\",\"createdAt\":\"2026-01-01T00:00:00Z\","
                        + "\"source\":\"stored\"}");
        assertThat(server.keys.kept).containsEntry("paid", "sk-canary-0123456789abcdef");
        assertThat(expect(200, "GET", "/keys", "").body())
                .startsWith("{\"keys\":[{\"provider\":\"paid\"")
                .doesNotContain("canary");
        assertThat(expect(200, "POST", "/keys/paid/test", "").body())
                .isEqualTo("{\"provider\":\"paid\",\"outcome\":\"ok\",\"detail\":\"it takes the key\"}");
        expect(204, "DELETE", "/keys/paid", "");
        expect(404, "DELETE", "/keys/paid", "");
        expect(400, "PUT", "/keys/nope", "{\"key\":\"sk-canary-0123456789abcdef\"}");
    }

    @Test
    void aRefusedBodyIsNotQuotedWhereAKeyMayStand() throws Exception {
        for (String body : List.of(
                "{\"key\":canary0123456789}",
                "{\"key\":[\"canary0123456789\"]}",
                "{\"key\":\"canary0123456789",
                "{\"keys\":\"canary0123456789\"}",
                "\"canary0123456789\"",
                "canary0123456789")) {
            assertThat(expect(400, "PUT", "/keys/paid", body).body()).as(body).doesNotContain("canary");
        }
    }

    private void savesAndForks(String id) throws Exception {
        expect(200, "POST", "/sessions/" + id + "/pause", "");
        expect(200, "POST", "/sessions/" + id + "/pause", "{\"force\":true}");
        expect(200, "POST", "/sessions/" + id + "/resume", "");
        assertThat(json(expect(200, "GET", "/sessions/" + id + "/checkpoints", ""))
                        .at("/checkpoints/0/seq")
                        .longValue())
                .isEqualTo(7);
        expect(201, "POST", "/sessions/" + id + "/checkpoints", "{\"name\":\"before\"}");
        expect(200, "POST", "/sessions/" + id + "/rewind", "{\"seq\":7}");
        assertThat(json(expect(200, "GET", "/sessions/" + id + "/diff?from=7", ""))
                        .at("/files/0/path")
                        .stringValue())
                .isEqualTo("/etc/motd");
        assertThat(json(expect(201, "POST", "/sessions/" + id + "/fork", "{\"count\":1}"))
                        .at("/sessions/0/id")
                        .stringValue())
                .isEqualTo(id);
    }

    @Test
    void anEmptyPageKeepsThePosition() throws Exception {
        String id = server.session();
        JsonNode page = json(server.get("/sessions/" + id + "/events?after=77"));
        assertThat(page.toString()).isEqualTo("{\"events\":[],\"next\":77}");
    }

    @Test
    void everyKindOfEventIsAsDescribed() throws Exception {
        String id = server.session();
        for (EventPayload payload : samples(server)) {
            server.log.append(id, payload);
        }
        JsonNode page = json(expect(200, "GET", "/sessions/" + id + "/events?limit=1000", ""));
        assertThat(page.get("events")).hasSize(1 + payloadTypes().size());
        assertThat(page.get("events").findValues("problem").getFirst().toString())
                .isEqualTo("{\"code\":\"DISK_FULL\",\"detail\":\"full\",\"next\":\"\"}");
    }

    @Test
    void theValidatorSeesFaults() {
        JsonNode schema = description.at("/components/schemas/SessionView");
        assertThat(SchemaValidator.faults(description, schema, Json.MAPPER.readTree("{\"id\":1,\"nam\":\"\"}")))
                .anyMatch(fault -> fault.contains("$.id: 1 is no \"string\""))
                .anyMatch(fault -> fault.contains("nam is not described"))
                .anyMatch(fault -> fault.contains("\"boot\" is missing"));
    }

    @Test
    void requestsAreDescribedStrictly() {
        JsonNode create = description.at("/components/schemas/CreateSession");
        assertThat(create.get("additionalProperties").booleanValue()).isFalse();
        assertThat(create.get("required").toString()).isEqualTo("[\"provider\"]");
    }

    @Test
    void headAnswersWithoutBody() throws Exception {
        HttpResponse<String> response = server.call("HEAD", "/system");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
        assertThat(response.headers().firstValueAsLong("Content-Length").orElseThrow())
                .isPositive();
    }

    private static Set<Class<?>> payloadTypes() {
        return new HashSet<>(Arrays.asList(EventPayload.class.getPermittedSubclasses()));
    }

    private static List<EventPayload> samples(TestServer server) {
        return List.of(
                new EventPayload.SessionChanged(server.sessions.list().getFirst()),
                new EventPayload.SessionDeleted(),
                new EventPayload.BootStep("disk", 3, "reflink"),
                new EventPayload.UserMessage("m1", "hi"),
                new EventPayload.MessageRemoved("m1"),
                new EventPayload.TurnStarted("m1"),
                new EventPayload.Message("text", "p1"),
                new EventPayload.Thinking("text", "p1"),
                new EventPayload.ToolCall("t1", "shell", Json.MAPPER.readTree("{\"command\":\"ls\"}")),
                new EventPayload.ToolCallDelta("t1", "shell", "{"),
                new EventPayload.ToolCallWithdrawn("t1"),
                new EventPayload.ToolResult("t1", "out", "ok", null, null),
                new EventPayload.PermissionRequest(
                        "q1",
                        "rm -r build",
                        Json.MAPPER.readTree("{}"),
                        List.of(new EventPayload.PermissionRequest.Option("once", "Allow once", "allow_once"))),
                new EventPayload.PermissionAnswer("q1", "once"),
                new EventPayload.SideCall("s1", "probe", "hello?", null),
                EventJson.within("s1", new EventPayload.Message("text", "p1")),
                new EventPayload.SideCallFinished("s1", "completed"),
                new EventPayload.Usage("demo", 1, 2, 1L, 1L, 0.5, "demo", true),
                new EventPayload.BudgetWarning("usd", 1.6, 2, "text"),
                new EventPayload.BudgetReached("usd", 2.1, 2, "text"),
                new EventPayload.PolicyChanged(new SessionPolicy(1L, null, null, null, null, null)),
                new EventPayload.ModelChanged("paid", "large"),
                new EventPayload.ModelSettingsChanged(new ModelSettings(0.5, 10, "low", null)),
                new EventPayload.TurnFinished("completed", ""),
                new EventPayload.NetworkChanged("none", List.of()),
                new EventPayload.Checkpoint(9, "turn", null, 4096, 8192, 12),
                new EventPayload.CheckpointDropped(9),
                new EventPayload.Paused("it was idle", 120, 12_288),
                new EventPayload.Resumed("a message came", 60),
                new EventPayload.Rewound(9, 10, 20),
                new EventPayload.Forked("def", 9),
                new EventPayload.ForkMade(List.of("ghi"), 9),
                new EventPayload.Omitted(),
                new EventPayload.Notice("note"),
                new EventPayload.Failure(new Problem(ErrorCode.DISK_FULL, "full", "")));
    }

    @Test
    void policiesAndWrongDaysGoThrough() throws Exception {
        expect(201, "POST", "/sessions", "{\"provider\":\"demo\",\"policy\":{\"usd\":5,\"requestsPerMin\":3}}");
        assertThat(server.sessions.created.getLast().policy())
                .isEqualTo(new SessionPolicy(null, 5.0, null, null, 3, null));
        String id = server.sessions.list().getFirst().id();
        adjusts(id);
        assertThat(server.sessions.adjusted)
                .containsExactly(
                        new SessionPolicy(1000L, null, null, null, null, null),
                        new SwitchModel("demo", "demo", null),
                        new ModelSettings(1.0, null, null, null));
        assertThat(expect(400, "PUT", "/sessions/" + id + "/policy", "{\"token\":1}")
                        .body())
                .contains("UNKNOWN_FIELD", "tokens");
        assertThat(expect(400, "GET", "/usage?from=2026-11-03&to=2026-11-02", "")
                        .body())
                .contains("which is after to");
        assertThat(expect(400, "GET", "/usage?from=yesterday", "").body()).contains("which is no day");
    }

    private void adjusts(String id) throws Exception {
        expect(200, "PUT", "/sessions/" + id + "/policy", "{\"tokens\":1000,\"usd\":null}");
        expect(200, "PUT", "/sessions/" + id + "/model", "{\"provider\":\"demo\",\"model\":\"demo\"}");
        expect(200, "PUT", "/sessions/" + id + "/model-settings", "{\"temperature\":1}");
        assertThat(expect(200, "GET", "/sessions/" + id + "/model-settings", "").body())
                .contains("\"reasoningEffort\":\"low\"");
        assertThat(expect(200, "GET", "/usage?from=2026-11-01&to=2026-11-02", "")
                        .body())
                .contains("\"from\":\"2026-11-01\"", "\"cost\":0.25");
    }

    private HttpResponse<String> expect(int status, String method, String path, String body) throws Exception {
        var request = server.api(path);
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> response =
                server.send(request.method(method, java.net.http.HttpRequest.BodyPublishers.ofString(body)));
        assertThat(response.statusCode())
                .as(method + " " + path + ": " + response.body())
                .isEqualTo(status);
        String route = method.toLowerCase(java.util.Locale.ROOT);
        String template = template(path.replaceFirst("\\?.*", ""));
        called.add(method + " " + template);
        JsonNode schema = description.get("paths").get(template).get(route).at("/responses/" + status + "/content");
        if (!response.body().isEmpty()) {
            String type = response.headers().firstValue("Content-Type").orElseThrow();
            assertThat(SchemaValidator.faults(description, schema.get(type).get("schema"), json(response)))
                    .isEmpty();
        } else {
            assertThat(schema.isMissingNode()).isTrue();
        }
        return response;
    }

    private String template(String path) {
        return description.get("paths").propertyNames().stream()
                .filter(each -> new PathTemplate(each).match(path).isPresent())
                .findFirst()
                .orElseThrow(() -> new AssertionError(path + " is not described"));
    }

    private Set<String> described() {
        Set<String> all = new HashSet<>();
        description
                .get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .propertyNames()
                        .forEach(method -> all.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey())));
        return all;
    }
}
