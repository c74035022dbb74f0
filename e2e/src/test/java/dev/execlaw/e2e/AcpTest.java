package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An agent that is spoken to by ACP, on a real machine, through all that happens to a session. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AcpTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int MOST_CHARS = 64 << 10;

    private Product product;
    private Api api;
    private String session;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(
                Product.dataDirectory(directory), AcpDouble.config(), Map.of("EXECLAW_SESSION_CHECKPOINTS", "true"));
        api = product.api();
        session = AcpDouble.create(api);
        api.awaitIdle(session);
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
    }

    private Stream<JsonNode> since(long seq, String type) {
        return api.events(session, seq).stream()
                .filter(event -> Api.type(event).equals(type))
                .map(event -> event.path("payload"));
    }

    private JsonNode first(long seq, String type) {
        Wait.until(type, LIMIT, () -> since(seq, type).findAny().isPresent());
        return since(seq, type).findFirst().orElseThrow();
    }

    private void interrupt() {
        api.post("/sessions/" + session + "/interrupt", api.object(), 202);
    }

    private void awaitWaiting() {
        api.awaitState(
                session,
                "an agent that waits for leave",
                LIMIT,
                view -> view.path("agentState").asString().equals("waiting"));
    }

    private void choose(String request, String option) {
        api.post(
                "/sessions/" + session + "/permissions/" + request, api.object().put("option", option), 202);
    }

    private String reason(long before) {
        return first(before, "turn_finished").path("reason").asString();
    }

    /** A turn that is completed; what the agent said. */
    private String answer(String id, String text) {
        List<JsonNode> turn = api.turn(id, text);
        assertThat(turn.stream()
                        .filter(event -> Api.type(event).equals("turn_finished"))
                        .map(event -> event.path("payload").path("reason").asString()))
                .as("%s", turn)
                .containsExactly("completed");
        return Api.text(turn, "message");
    }

    /** {@code Prompt 3 of s-1a2b: hello} as far as the session's name, with the number of a later one. */
    private static String after(String answer, int more) {
        String[] words = answer.split("[ :]", 5);
        return words[0] + " " + (Integer.parseInt(words[1]) + more) + " of " + words[3];
    }

    @Test
    void toolsRunInTheMachineAndAreTold() {
        long before = api.lastSeq(session);
        assertThat(answer(session, "run uname -sn; echo $((6*7))")).isEqualTo("Ended with 0.");
        JsonNode call = first(before, "tool_call");
        assertThat(call.path("name").asString()).isEqualTo("`uname -sn; echo $((6*7))`");
        assertThat(call.path("arguments").path("command").asString()).isEqualTo("uname -sn; echo $((6*7))");
        JsonNode result = first(before, "tool_result");
        assertThat(result.path("id")).isEqualTo(call.path("id"));
        assertThat(result.path("output").asString()).startsWith("Linux ").endsWith("\n42\n");
        assertThat(result.path("status").asString()).isEqualTo("ok");

        long again = api.lastSeq(session);
        answer(session, "run exit 3");
        JsonNode failed = first(again, "tool_result");
        assertThat(failed.path("status").asString()).isEqualTo("error");
        assertThat(failed.path("id")).isNotEqualTo(call.path("id")); // though the agent calls it the same
    }

    @Test
    void whatIsLongIsToldInPartAndKeptWhole() {
        long before = api.lastSeq(session);
        answer(session, "big 300000");
        JsonNode result = first(before, "tool_result");
        assertThat(result.path("output").asString()).isEqualTo("x".repeat(MOST_CHARS));
        assertThat(result.path("wholeChars").asLong()).isEqualTo(300_000);
        String path = "/sessions/" + session + "/outputs/" + result.path("id").asString();
        assertThat(api.get(path).path("output").asString()).isEqualTo("x".repeat(300_000));
    }

    @Test
    void anAnswerIsJoinedFromItsPieces() {
        long before = api.lastSeq(session);
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            words.append('w').append(i).append(' ');
        }
        assertThat(answer(session, "stream 300")).isEqualTo(words.toString());
        assertThat(since(before, "message").count()).isBetween(2L, 200L);
        assertThat(since(before, "message").map(message -> message.path("part").asString()))
                .containsOnly(first(before, "message").path("part").asString());
    }

    @Test
    void whatNeedsLeaveWaitsForItAndGoesOn() {
        long before = api.lastSeq(session);
        api.send(session, "ask echo done > /root/leave; cat /root/leave");
        awaitWaiting();
        assertThat(api.get("/sessions").path("sessions").values().stream()
                        .filter(view -> view.path("id").asString().equals(session))
                        .map(view -> view.path("agentState").asString()))
                .containsExactly("waiting");
        JsonNode request = first(before, "permission_request");
        assertThat(request.path("title").asString()).isEqualTo("`echo done > /root/leave; cat /root/leave`");
        assertThat(request.path("options").values().stream()
                        .map(option -> option.path("name").asString()))
                .containsExactly("Allow once", "Reject");
        assertThat(since(before, "tool_result")).isEmpty();
        choose(request.path("id").asString(), "once");
        assertThat(reason(before)).isEqualTo("completed");
        assertThat(first(before, "tool_result").path("output").asString()).isEqualTo("done\n");
        assertThat(first(before, "permission_answer").path("option").asString()).isEqualTo("once");
    }

    @Test
    void whatIsRefusedIsNotDone() {
        long before = api.lastSeq(session);
        api.send(session, "ask touch /root/refused");
        awaitWaiting();
        choose(first(before, "permission_request").path("id").asString(), "no");
        assertThat(reason(before)).isEqualTo("completed");
        assertThat(first(before, "tool_result").path("status").asString()).isEqualTo("error");
        assertThat(Api.text(api.events(session, before), "message")).isEqualTo("Not done: selected.");
        long after = api.lastSeq(session);
        answer(session, "run test -e /root/refused || echo not there");
        assertThat(first(after, "tool_result").path("output").asString()).isEqualTo("not there\n");
    }

    @Test
    void aStopEndsAnswersToolsAndQuestions() {
        long streams = api.lastSeq(session);
        api.send(session, "stream 6000");
        first(streams, "message");
        interrupt();
        assertThat(reason(streams)).isEqualTo("stopped");

        long runs = api.lastSeq(session);
        api.send(session, "run sleep 4711");
        first(runs, "tool_call");
        interrupt();
        assertThat(reason(runs)).isEqualTo("stopped");

        long asks = api.lastSeq(session);
        api.send(session, "ask echo never");
        awaitWaiting();
        interrupt();
        assertThat(reason(asks)).isEqualTo("stopped");
        assertThat(first(asks, "permission_answer").path("option").isNull()).isTrue();

        long before = api.lastSeq(session);
        answer(session, "run pgrep -f '[s]leep 4711' || echo none");
        assertThat(first(before, "tool_result").path("output").asString()).isEqualTo("none\n");
    }

    @Test
    void anAgentThatDiesIsStartedAgain() {
        long before = api.lastSeq(session);
        api.send(session, "die");
        JsonNode end = first(before, "turn_finished");
        assertThat(end.path("reason").asString()).isEqualTo("agent_exited");
        assertThat(end.path("detail").asString()).contains("status 3");
        assertThat(first(before, "notice").path("text").asString()).contains("status 3");
        api.awaitIdle(session);
        assertThat(answer(session, "hello")).startsWith("Prompt 1 of "); // it remembers nothing
    }

    @Test
    void aServerThatWasKilledGoesOnWithTheAgent() throws Exception {
        String said = answer(session, "hello");
        long before = api.lastSeq(session);
        api.send(session, "ask echo never");
        awaitWaiting();
        product.crash();
        product.restart();
        assertThat(reason(before)).isEqualTo("server_restarted");
        api.awaitIdle(session);
        assertThat(answer(session, "again")).isEqualTo(after(said, 2) + ": again");
    }

    @Test
    void aSleepAndAForkKeepTheConversation() {
        assertThat(answer(session, "model hello")).contains("Hello!"); // the agent keeps the connection to its gateway
        String said = answer(session, "hello");
        assertThat(api.post("/sessions/" + session + "/pause", api.object(), 200)
                        .path("state")
                        .asString())
                .isEqualTo("paused");
        assertThat(answer(session, "awake")).isEqualTo(after(said, 1) + ": awake");
        assertThat(answer(session, "model hello")).contains("Hello!");
        String fork = api.post("/sessions/" + session + "/fork", api.object().put("count", 1), 201)
                .path("sessions")
                .path(0)
                .path("id")
                .asString();
        api.awaitIdle(fork);
        assertThat(answer(fork, "fork")).isEqualTo(after(said, 3) + ": fork");
        assertThat(answer(fork, "model hello")).contains("Hello!");
        assertThat(answer(session, "source")).isEqualTo(after(said, 3) + ": source");
        assertThat(answer(session, "model hello")).contains("Hello!");
        assertThat(hostname(fork)).isNotBlank().isNotEqualTo(hostname(session));
        api.delete(fork);
    }

    private String hostname(String id) {
        long before = api.lastSeq(id);
        answer(id, "run hostname");
        return api.events(id, before).stream()
                .filter(event -> Api.type(event).equals("tool_result"))
                .map(event -> event.path("payload").path("output").asString())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aBudgetEndsATurnOfItToo() {
        long spent =
                api.get("/sessions/" + session).path("usage").path("requests").asLong();
        api.put("/sessions/" + session + "/policy", api.object().put("requests", spent + 1));
        assertThat(answer(session, "model hello")).contains("Hello!");
        long before = api.lastSeq(session);
        api.send(session, "model hello again");
        assertThat(reason(before)).isEqualTo("budget");
        assertThat(since(before, "budget_reached")).hasSize(1);
        api.put("/sessions/" + session + "/policy", api.object());
        assertThat(answer(session, "model hello")).contains("Hello!");
        assertThat(api.get("/sessions/" + session)
                        .path("usage")
                        .path("requests")
                        .asLong())
                .isEqualTo(spent + 2);
    }
}
