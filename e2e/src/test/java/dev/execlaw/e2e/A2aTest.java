package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.OtherAgent;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A real machine whose nullclaw, a double of it, is given its messages by its A2A endpoint. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class A2aTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** What a turn's transcript is made of; the cost of one and its pace are not the same twice. */
    private static final Set<String> TOLD =
            Set.of("user_message", "turn_started", "message", "thinking", "tool_call", "tool_result", "turn_finished");

    private Product product;
    private Api api;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        Path data = Product.dataDirectory(directory);
        Image image = image(data, directory);
        product = Product.start(
                data, "[image]\nname = \"" + image.id() + "\"\n[session]\ndoze_after_s = 2\non_shutdown = \"keep\"\n");
        api = product.api();
    }

    /** An image with the double in the place of nullclaw. */
    static Image image(Path data, Path directory) throws IOException, InterruptedException {
        ImageStore store = new ImageStore(data);
        return OtherAgent.in(store.find("debian").orElseThrow(), program(directory), store);
    }

    private static Path program(Path directory) throws IOException {
        try (InputStream in = Objects.requireNonNull(A2aTest.class.getResourceAsStream("nullclaw-double"))) {
            Path program = Files.write(directory.resolve("nullclaw"), in.readAllBytes());
            return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @AfterAll
    void stop() throws Exception {
        // This server leaves machines running; a test that failed has left its own.
        api.get("/sessions")
                .path("sessions")
                .forEach(session -> api.delete(session.path("id").asString()));
        product.close();
    }

    private String create(String channel) {
        ObjectNode body =
                api.object().put("provider", "demo").put("model", "demo").put("agentChannel", channel);
        String id = api.post("/sessions", body, 201).path("id").asString();
        api.awaitIdle(id);
        return id;
    }

    /** Kinds and texts of a turn, pieces of one text as one. */
    private static String told(List<JsonNode> turn) {
        StringBuilder told = new StringBuilder();
        String last = "";
        for (JsonNode event : turn) {
            String type = Api.type(event);
            if (!TOLD.contains(type)) {
                continue;
            }
            JsonNode payload = event.path("payload");
            if (!type.equals(last)) {
                told.append('\n').append(type).append(' ');
            }
            for (String field : List.of("text", "name", "arguments", "output", "status", "reason", "detail")) {
                JsonNode value = payload.path(field);
                told.append(value.isString() ? value.asString() : value.isMissingNode() ? "" : value.toString());
            }
            last = type;
        }
        return told.toString();
    }

    private String shell(String id, String command) {
        JsonNode result = api.post("/sessions/" + id + "/exec", api.object().put("command", command), 200);
        return result.path("stdout").asString();
    }

    @Test
    void aSessionsLogIsAsByTheConsole() {
        String console = create("console");
        String a2a = create("a2a");
        assertThat(api.get("/sessions/" + a2a).path("agentChannel").asString()).isEqualTo("a2a");
        assertThat(api.get("/sessions/" + a2a).path("agentVersion").asString()).isEqualTo("2026.5.29");
        for (String text :
                List.of("hello", "run echo $((6*7)); hostname | cut -c1-8", "words\n[x] in two lines", "exit")) {
            assertThat(told(api.turn(a2a, text))).as(text).isEqualTo(told(api.turn(console, text)));
        }
        assertThat(shell(a2a, "ps -o args= -C python3")).contains("gateway").doesNotContain(" agent");
        assertThat(shell(a2a, "ss -Hltn 'sport = :18790'")).contains("127.0.0.1:18790");
        assertThat(shell(a2a, "stat -c %a /run/execlaw/a2a")).startsWith("600");

        // stopped while a command runs, and while the model answers
        for (String text : List.of("run sleep 600", "slow 5 3000")) {
            long before = api.lastSeq(a2a);
            api.send(a2a, text);
            String begun = text.startsWith("run") ? "tool_call" : "message";
            Wait.until(
                    begun,
                    LIMIT,
                    () -> api.events(a2a, before).stream()
                            .anyMatch(event -> Api.type(event).equals(begun)));
            api.post("/sessions/" + a2a + "/interrupt", api.object(), 202);
            assertThat(reason(api.awaitTurnEnd(a2a, before))).isEqualTo("stopped");
        }
        assertThat(shell(a2a, "pgrep -x sleep || echo none")).startsWith("none");
        assertThat(reason(api.turn(a2a, "hello"))).isEqualTo("completed");
        api.delete(console);
        api.delete(a2a);
    }

    private static String reason(List<JsonNode> turn) {
        return turn.stream()
                .filter(event -> Api.type(event).equals("turn_finished"))
                .findFirst()
                .orElseThrow()
                .path("payload")
                .path("reason")
                .asString();
    }

    @Test
    void theAgentsEndIsToldAndAServerThatComesBackGoesOn() throws Exception {
        String id = create("a2a");
        assertThat(reason(api.turn(id, "run kill -9 $PPID"))).isEqualTo("agent_exited");
        api.awaitIdle(id);
        assertThat(reason(api.turn(id, "hello"))).isEqualTo("completed");

        long before = api.lastSeq(id);
        api.send(id, "run sleep 600");
        Wait.until(
                "tool_call",
                LIMIT,
                () -> api.events(id, before).stream()
                        .anyMatch(event -> Api.type(event).equals("tool_call")));
        product.crash();
        product.restart();
        api.awaitIdle(id);
        assertThat(shell(id, "pgrep -x sleep || echo none"))
                .as("what the last server had begun is ended")
                .startsWith("none");
        List<JsonNode> turn = api.turn(id, "run echo $((40 + 2))");
        assertThat(reason(turn)).isEqualTo("completed");
        assertThat(Api.text(turn, "tool_result")).as(turn.toString()).startsWith("42");
        api.delete(id);
    }

    @Test
    void anAgentThatHasNoEndpointIsRefused() {
        ObjectNode body = api.object()
                .put("provider", "demo")
                .put("model", "demo")
                .put("agent", "reference")
                .put("agentChannel", "a2a");
        HttpResponse<String> answer = api.call("POST", "/sessions", body.toString(), Map.of());
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("has no A2A endpoint", "2026.5.4", "console");
    }
}
