package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A real machine's agent under a budget, with a model that changes, and stopped at any moment of its turn. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SteeringTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private SilentProvider silent;
    private Product product;
    private Api api;
    private String session;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        silent = new SilentProvider();
        product = Product.start(Product.dataDirectory(directory), """
                [session]
                doze_after_s = 2
                [provider.silent]
                base_url = "%s"
                needs_key = false
                models = ["quiet"]
                """.formatted(silent.url()));
        api = product.api();
        session = api.createReady();
    }

    @AfterAll
    void stop() throws Exception {
        product.close();
        silent.close();
    }

    private Stream<JsonNode> since(long seq, String type) {
        return api.events(session, seq).stream()
                .filter(event -> Api.type(event).equals(type))
                .map(event -> event.path("payload"));
    }

    private void until(long seq, String type) {
        Wait.until(type, LIMIT, () -> since(seq, type).findAny().isPresent());
    }

    /** Stops the running turn; it ends for that and nothing else, and the agent is there for the next. */
    private void stops(long before) {
        api.post("/sessions/" + session + "/interrupt", api.object(), 202);
        until(before, "turn_finished");
        assertThat(since(before, "turn_finished").map(end -> end.path("reason").asString()))
                .containsExactly("stopped");
        assertThat(Api.text(api.turn(session, "run echo $((40 + 2))"), "tool_result"))
                .startsWith("42");
    }

    @Test
    void aBudgetEndsATurnCleanlyAndARaiseLetsItGoOn() {
        long spent =
                api.get("/sessions/" + session).path("usage").path("requests").asLong();
        api.put("/sessions/" + session + "/policy", api.object().put("requests", spent + 1));
        long before = api.lastSeq(session);
        List<JsonNode> turn = api.turn(session, "run echo one");
        JsonNode end = since(before, "turn_finished").findFirst().orElseThrow();
        assertThat(end.path("reason").asString()).isEqualTo("budget");
        assertThat(end.path("detail").asString())
                .isEqualTo("Stopped: the budget of " + (spent + 1) + " requests is used up (" + (spent + 1)
                        + " requests). Raise it to go on.");
        assertThat(Api.text(turn, "tool_result")).startsWith("one");
        assertThat(since(before, "budget_reached")).hasSize(1);
        assertThat(since(before, "error")).isEmpty();
        api.put("/sessions/" + session + "/policy", api.object());
        assertThat(Api.text(api.turn(session, "run echo two"), "tool_result")).startsWith("two");
        JsonNode view = api.get("/sessions/" + session);
        assertThat(view.path("usage").path("requests").asLong()).isEqualTo(spent + 3);
        assertThat(view.path("turnUsage").path("requests").asLong()).isEqualTo(2);
        JsonNode lines = api.get("/usage").path("lines");
        assertThat(lines.values().stream()
                        .filter(line -> line.path("provider").asString().equals("demo"))
                        .mapToLong(line -> line.path("requests").asLong())
                        .sum())
                .isEqualTo(spent + 3);
    }

    @Test
    void whatWasSpentOutlastsACrash() throws Exception {
        api.turn(session, "run echo spent");
        JsonNode before = api.get("/sessions/" + session).path("usage");
        product.crash();
        product.restart();
        api.awaitIdle(session);
        JsonNode after = api.get("/sessions/" + session).path("usage");
        assertThat(after.path("requests").asLong())
                .isEqualTo(before.path("requests").asLong());
        assertThat(after.path("inputTokens").asLong())
                .isEqualTo(before.path("inputTokens").asLong());
    }

    @Test
    void aTurnIsStoppedWhileTheAnswerStreams() {
        long before = api.lastSeq(session);
        api.send(session, "slow 5 600");
        until(before, "message");
        stops(before);
    }

    @Test
    void aTurnIsStoppedWhileItsToolRuns() {
        long before = api.lastSeq(session);
        api.send(session, "run sleep 4711; echo never");
        until(before, "tool_call");
        stops(before);
        assertThat(Api.text(api.turn(session, "run pgrep -fc '[s]leep 4711' || true"), "tool_result"))
                .startsWith("0");
    }

    @Test
    void aTurnIsStoppedAsSoonAsItHasBegun() {
        long before = api.lastSeq(session);
        api.send(session, "slow 5 600");
        until(before, "turn_started");
        stops(before);
    }

    @Test
    void aTurnIsStoppedWhileTheProviderIsSilentAndTheModelCanBeSwitched() {
        long before = api.lastSeq(session);
        api.put("/sessions/" + session + "/model", api.object().put("provider", "silent"));
        int calls = silent.calls();
        api.send(session, "say something");
        Wait.until("the call of the silent provider", LIMIT, () -> silent.calls() > calls);
        api.put("/sessions/" + session + "/model", api.object().put("provider", "demo"));
        assertThat(since(before, "model_changed").map(to -> to.path("model").asString()))
                .containsExactly("quiet", "demo");
        stops(before);
    }

    @Test
    void whatIsQueuedComesAfterAStop() {
        long before = api.lastSeq(session);
        api.send(session, "slow 5 600");
        api.send(session, "run echo queued");
        until(before, "message");
        api.post("/sessions/" + session + "/interrupt", api.object(), 202);
        Wait.until("both turns", LIMIT, () -> since(before, "turn_finished").count() == 2);
        assertThat(since(before, "turn_finished").map(end -> end.path("reason").asString()))
                .containsExactly("stopped", "completed");
        assertThat(Api.text(api.events(session, before), "tool_result")).startsWith("queued");
    }

    @Test
    void aTurnIsStoppedRightAfterAWaking() {
        api.post("/sessions/" + session + "/pause", api.object(), 200);
        long before = api.lastSeq(session);
        api.send(session, "run sleep 4712");
        until(before, "tool_call");
        stops(before);
        api.post("/sessions/" + session + "/interrupt", api.object(), 202); // nothing runs: nothing happens
        assertThat(api.get("/sessions/" + session).path("agentState").asString())
                .isEqualTo("idle");
    }
}
