package dev.execlaw.acp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.Message;
import dev.execlaw.event.EventPayload.Notice;
import dev.execlaw.event.EventPayload.ToolCall;
import dev.execlaw.event.EventPayload.ToolResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** One prompt, to an agent whose every line the test writes. */
class AcpTalkTest implements AcpTalk.Listener {

    private static final AcpLimits LIMITS = new AcpLimits(4096, 100, 20_000, Duration.ofMillis(50));

    private final List<EventPayload> events = new CopyOnWriteArrayList<>();
    private final Map<String, String> kept = new LinkedHashMap<>();
    private final List<String> left = new ArrayList<>();
    private OutputStream agent;
    private AcpTalk talk;
    private BufferedReader told;
    private CompletableFuture<String> end;
    private long request;

    @BeforeEach
    void begin() throws IOException {
        begin("#note s-1"); // somebody was here: the session is open
    }

    private void begin(String... before) throws IOException {
        PipedInputStream in = new PipedInputStream(1 << 20);
        PipedInputStream hears = new PipedInputStream(1 << 20);
        agent = new PipedOutputStream(in);
        told = new BufferedReader(new InputStreamReader(hears, StandardCharsets.UTF_8));
        talk = new AcpTalk(in, new PipedOutputStream(hears), "m", 1, LIMITS, this);
        CompletableFuture<String> ending = new CompletableFuture<>();
        end = ending;
        Thread.ofVirtual().start(() -> {
            try (AcpTalk mine = talk) {
                ending.complete(mine.prompt("/root", "hello"));
            } catch (IOException | RuntimeException e) {
                ending.completeExceptionally(e);
            }
        });
        for (String line : before) {
            write(line);
        }
        left.clear();
        String line = told.readLine();
        while (!line.startsWith("#note")) {
            left.add(line);
            line = told.readLine();
        }
        JsonNode prompt = AcpWire.MAPPER.readTree(told.readLine());
        assertThat(prompt.path("method").asString()).isEqualTo("session/prompt");
        request = prompt.path("id").asLong();
        assertThat(line).isEqualTo("#note s-1 {\"prompt\":" + request + ",\"asked\":[]}");
    }

    @AfterEach
    void close() throws IOException {
        agent.close();
    }

    @Override
    public void begun() {}

    @Override
    public void event(EventPayload payload) {
        events.add(payload);
    }

    @Override
    public void keep(String call, String output) {
        kept.put(call, output);
    }

    @Override
    public void asks(EventPayload.PermissionRequest asked) {
        events.add(asked);
    }

    private void write(String line) throws IOException {
        agent.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        agent.flush();
    }

    private static String update(String kind, String text) {
        return update("\"sessionUpdate\":\"" + kind + "\",\"content\":{\"type\":\"text\",\"text\":\"" + text + "\"}");
    }

    private void tell(String fields) throws IOException {
        write(update(fields));
    }

    private static String update(String fields) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"session/update\",\"params\":{\"sessionId\":\"s-1\",\"update\":{"
                + fields + "}}}";
    }

    private void say(String text) throws IOException {
        write(update("agent_message_chunk", text));
    }

    private void answer() throws IOException {
        write("{\"jsonrpc\":\"2.0\",\"id\":" + request + ",\"result\":{\"stopReason\":\"end_turn\"}}");
    }

    private String ended() throws ExecutionException, InterruptedException, TimeoutException {
        return end.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aQuestionIsNotedForWhoeverComesNextUntilItIsAnswered() throws Exception {
        write(
                "{\"jsonrpc\":\"2.0\",\"id\":\"q-1\",\"method\":\"session/request_permission\",\"params\":{\"sessionId\":\"s-1\","
                        + "\"toolCall\":{\"toolCallId\":\"t\",\"title\":\"T\",\"rawInput\":{\"x\":1}},"
                        + "\"options\":[{\"optionId\":\"o\",\"name\":\"O\",\"kind\":\"allow_once\"}]}}");
        assertThat(told.readLine()).isEqualTo("#note s-1 {\"prompt\":" + request + ",\"asked\":[\"q-1\"]}");
        Awaitility.await("the question").atMost(Duration.ofSeconds(10)).until(() -> events.size() == 2);
        talk.choose(((EventPayload.PermissionRequest) events.getLast()).id(), "o");
        assertThat(told.readLine()).contains("\"id\":\"q-1\"", "\"optionId\":\"o\"");
        assertThat(told.readLine()).isEqualTo("#note s-1 {\"prompt\":" + request + ",\"asked\":[]}");
        answer();
        assertThat(ended()).isEqualTo("end_turn");
    }

    @Test
    void whatTheLastOneLeftOpenIsCancelledAndWithdrawn() throws Exception {
        close();
        begin(
                "#note s-1 {\"prompt\":5,\"asked\":[\"q-1\",7]}",
                update("agent_message_chunk", "of the turn before"),
                "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{\"stopReason\":\"cancelled\"}}");
        assertThat(left).hasSize(3);
        assertThat(left.getFirst()).contains("session/cancel");
        assertThat(left.get(1)).contains("\"id\":\"q-1\"", "\"outcome\":\"cancelled\"");
        assertThat(left.getLast()).contains("\"id\":7", "\"outcome\":\"cancelled\"");
        say("of this");
        answer();
        assertThat(ended()).isEqualTo("end_turn");
        assertThat(text()).isEqualTo("of this");
    }

    private String text() {
        return events.stream()
                .filter(Message.class::isInstance)
                .map(event -> ((Message) event).text())
                .collect(Collectors.joining());
    }

    @Test
    void piecesAreJoinedAndTheLastDoesNotWaitForMore() throws Exception {
        for (int i = 0; i < 100; i++) {
            say("w" + i + " ");
        }
        Awaitility.await("the last piece, though nothing follows")
                .atMost(Duration.ofSeconds(10))
                .until(() -> text().endsWith("w99 "));
        assertThat(events.size()).isLessThan(50);
        assertThat(end).isNotDone();
        answer();
        assertThat(ended()).isEqualTo("end_turn");
        assertThat(told.readLine()).isEqualTo("#note s-1");
    }

    @Test
    void anOutputThatIsTooLongIsCutAndKept() throws Exception {
        String output = "o".repeat(99) + "\uD83E\uDD9E" + "p".repeat(200);
        tell("\"sessionUpdate\":\"tool_call\",\"toolCallId\":\"a/b\",\"title\":\"T\",\"rawInput\":{\"x\":1}");
        tell("\"sessionUpdate\":\"tool_call_update\",\"toolCallId\":\"a/b\",\"status\":\"completed\",\"content\":"
                + "[{\"type\":\"content\",\"content\":{\"type\":\"text\",\"text\":\"" + output + "\"}}]");
        answer();
        ended();
        assertThat(events).hasSize(2);
        assertThat(((ToolCall) events.getFirst()).id()).isEqualTo("m-t1");
        assertThat(events.getLast())
                .isEqualTo(new ToolResult("m-t1", "o".repeat(99), "ok", null, (long) output.length()));
        assertThat(kept).containsExactly(Map.entry("m-t1", output));
    }

    @Test
    void aLineThatIsTooLongIsLeftOutAndTheTurnGoesOn() throws Exception {
        say("before ");
        say("x".repeat(5000));
        say("after");
        answer();
        assertThat(ended()).isEqualTo("end_turn");
        assertThat(text()).isEqualTo("before after");
        assertThat(events.stream()
                        .filter(Notice.class::isInstance)
                        .map(event -> ((Notice) event).text())
                        .toList())
                .singleElement()
                .asString()
                .contains("more than 4096 are not read");
    }

    @Test
    void anAgentThatTellsWithoutEndIsStopped() throws Exception {
        for (int i = 0; i < 30; i++) {
            say("y".repeat(1000));
        }
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(this::ended)
                .havingCause()
                .isInstanceOf(AcpException.class)
                .withMessageContaining("more than 20000 characters in one turn");
        assertThat(AcpWire.MAPPER.readTree(told.readLine()).path("method").asString())
                .isEqualTo("session/cancel");
        assertThat(text().length()).isEqualTo(20_000);
    }

    @Test
    void whatWasToldBeforeAnErrorIsNotLost() throws Exception {
        say("one ");
        say("two");
        write("{\"jsonrpc\":\"2.0\",\"id\":" + request + ",\"error\":{\"code\":-32603,\"message\":\"no model\"}}");
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(this::ended)
                .havingCause()
                .withMessage("the agent answered session/prompt with error -32603: no model");
        assertThat(text()).isEqualTo("one two");
    }

    @Test
    void aLineThatIsNoMessageIsToldWhenTheAgentGoes() throws Exception {
        write("Segmentation fault");
        agent.close();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(this::ended)
                .havingCause()
                .withMessage("the agent's side was closed; it said: Segmentation fault");
    }
}
