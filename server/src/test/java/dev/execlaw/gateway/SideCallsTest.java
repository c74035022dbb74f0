package dev.execlaw.gateway;

import static dev.execlaw.gateway.FakeUpstream.delta;
import static dev.execlaw.gateway.FakeUpstream.end;
import static dev.execlaw.gateway.FakeUpstream.stream;
import static dev.execlaw.gateway.FakeUpstream.text;
import static dev.execlaw.gateway.GatewayFixture.REFERENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.ContentResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What agents ask beside the user's turn is told as such, and never as an answer. */
class SideCallsTest {

    private static final String MAIN = "You are an assistant. You can summarize conversations and spawn a subagent.";

    private GatewayFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    /** A request with these messages: role and text in turn. */
    private static ObjectNode request(String... rolesAndTexts) {
        ObjectNode body = Json.MAPPER.createObjectNode().put("stream", true);
        ArrayNode messages = body.putArray("messages");
        for (int i = 0; i < rolesAndTexts.length; i += 2) {
            messages.addObject().put("role", rolesAndTexts[i]).put("content", rolesAndTexts[i + 1]);
        }
        return body;
    }

    private ContentResponse ask(ObjectNode body) throws Exception {
        return fixture.request(body.toString()).send();
    }

    private void answer(String... pieces) {
        fixture.upstream.script((out, request) -> {
            stream(out);
            for (String piece : pieces) {
                text(out, piece);
            }
            end(out, "stop");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "You are a conversation compaction engine. Summarize older chat history. | "
                        + "Summarize the following conversation history. USER: " + REFERENCE + " | compaction",
                "You are a helpful assistant. | Please summarize the conversation so far: " + REFERENCE
                        + " | compaction",
                "You are a background subagent. Complete the task. | Count the files. | subagent",
                "You are an assistant. | A new session was started via /new or /reset. Greet the user. | startup",
                "You are an assistant. | Every morning at 8: look at the mail. | other"
            })
    void requestsBesideTheTurnAreToldByTheirMarks(String system, String question, String kind) throws Exception {
        answer("well");
        assertThat(GatewayFixture.text(ask(request("system", system, "user", question))))
                .isEqualTo("well");
        assertThat(fixture.traffic.log())
                .hasSize(4)
                .startsWith("side #1 " + kind + ": " + Words.title(question), "  #1 message well")
                .endsWith("side #1 completed");
    }

    @Test
    void aLookWhetherTheModelCanSeeIsAProbe() throws Exception {
        answer("white");
        ObjectNode body = request();
        ArrayNode content =
                body.withArray("messages").addObject().put("role", "user").putArray("content");
        content.addObject().put("type", "text").put("text", "What colour?");
        content.addObject().put("type", "image_url").putObject("image_url").put("url", "data:image/png;base64,AA==");
        ask(body);
        assertThat(fixture.traffic.log()).startsWith("side #1 probe: What colour?");
    }

    @Test
    void aSubAgentAtTheSameTimeNeitherEndsTheTurnNorMixesIn() throws Exception {
        CountDownLatch sideDone = new CountDownLatch(1);
        fixture.upstream.script((out, request) -> {
            stream(out);
            String last = request.path("messages").toString();
            if (last.contains("Do it.")) {
                boolean again = last.contains("[Tool results]");
                text(
                        out,
                        again
                                ? "There are 42."
                                : "<tool_call>{\"name\":\"shell\",\"arguments\":{\"command\":\"ls\"}}</tool_call>");
            } else if (last.contains("spawned")) {
                text(out, "I ");
                sideDone.await(10, TimeUnit.SECONDS);
                text(out, "wait.");
            } else {
                text(
                        out,
                        "Go: <tool_call>{\"name\":\"spawn\",\"arguments\":{\"task\":\"count all files\"}}</tool_call>");
            }
            end(out, "stop");
        });
        ask(request("system", MAIN, "user", REFERENCE));
        String spawn = "Go: <tool_call>{\"name\":\"spawn\",\"arguments\":{\"task\":\"count all files\"}}</tool_call>";
        ObjectNode main = request(
                "system", MAIN, "user", REFERENCE, "assistant", spawn, "user", results("spawn", "spawned task 1"));
        Thread turn = Thread.ofVirtual().start(() -> {
            try {
                ask(main);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        await().atMost(10, TimeUnit.SECONDS).until(() -> fixture.traffic.has("message I "));
        String ls = "<tool_call>{\"name\":\"shell\",\"arguments\":{\"command\":\"ls\"}}</tool_call>";
        ask(request("system", "Do it.", "user", "count all files"));
        ask(request("system", "Do it.", "user", "count all files", "assistant", ls, "user", results("shell", "a\nb")));
        assertThat(fixture.traffic.has("finished last")).as("the turn goes on").isFalse();
        sideDone.countDown();
        turn.join(10_000);
        List<String> log = fixture.traffic.log();
        assertThat(log.stream().filter(line -> !line.startsWith("  ") && !line.startsWith("side")))
                .containsExactly(
                        "started m1",
                        "message Go: ",
                        "tool_call #1 spawn {\"task\":\"count all files\"}",
                        "usage 5 7",
                        "finished",
                        "tool_result #1 ok null spawned task 1",
                        "started m1",
                        "message I ",
                        "usage 5 7",
                        "usage 5 7",
                        "message wait.",
                        "usage 5 7",
                        "finished last");
        assertThat(log.stream().filter(line -> line.startsWith("  ") || line.startsWith("side")))
                .containsExactly(
                        "side #2 subagent of #1: count all files",
                        "  #2 tool_call #3 shell {\"command\":\"ls\"}",
                        "  #2 tool_result #3 ok null a\nb",
                        "  #2 message There are 42.",
                        "side #2 completed");
    }

    private static String results(String tool, String output) {
        return "[Tool results]\n<tool_result name=\"" + tool + "\" status=\"ok\">\n" + output
                + "\n</tool_result>\n\nReflect on the tool results above and go on.";
    }

    @Test
    void theAgentsWordToItselfIsNoAnswerAndWhatFollowsIs() throws Exception {
        answer("I will look.");
        ask(request("system", MAIN, "user", REFERENCE));
        answer("Here it is.");
        ObjectNode urged = request(
                "system",
                MAIN,
                "user",
                REFERENCE,
                "assistant",
                "I will look.",
                "user",
                "SYSTEM: You just promised to take action now. Do it.");
        ask(urged);
        assertThat(fixture.traffic.log())
                .containsExactly(
                        "started m1",
                        "message I will look.",
                        "usage 5 7",
                        "finished last",
                        "side #1 follow_up: You just promised to take action now. Do it.",
                        "started m1",
                        "message Here it is.",
                        "usage 5 7",
                        "finished last");
    }

    @Test
    void aTurnGoesOnWhenItsQuestionWasDroppedFromTheHistory() throws Exception {
        String call = "<tool_call>{\"name\":\"shell\",\"arguments\":{\"command\":\"ls\"}}</tool_call>";
        answer(call);
        ask(request("system", MAIN, "user", REFERENCE));
        answer("done");
        ask(request("system", MAIN, "assistant", call, "user", results("shell", "a")));
        assertThat(fixture.traffic.log())
                .containsSubsequence(
                        "finished", "tool_result #1 ok null a", "started m1", "message done", "finished last");
    }

    @Test
    void twoConversationsOfTheSameTaskAreTwo() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        fixture.upstream.script((out, request) -> {
            both.countDown();
            both.await(10, TimeUnit.SECONDS);
            stream(out);
            text(out, "hm");
            end(out, "stop");
        });
        Thread other = Thread.ofVirtual().start(() -> {
            try {
                ask(request("user", "the same"));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        ask(request("user", "the same"));
        other.join(10_000);
        assertThat(fixture.traffic.log().stream().filter(line -> line.startsWith("side")))
                .hasSize(4)
                .contains(
                        "side #1 other: the same", "side #2 other: the same", "side #1 completed", "side #2 completed");
    }

    @Test
    void whatFailsBesideTheTurnFailsNoTurn() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            delta(
                    out,
                    "{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"shell\",\"arguments\":\"{\"}}]}");
        });
        ask(request("user", "beside"));
        assertThat(fixture.traffic.log())
                .containsExactly("side #1 other: beside", "  #1 withdrawn #2", "usage 2 1", "side #1 failed");
    }

    @Test
    void aLongOutputIsToldInPartAndKeptWhole() throws Exception {
        String call = "<tool_call>{\"name\":\"shell\",\"arguments\":{\"command\":\"ls\"}}</tool_call>";
        answer(call);
        ask(request("system", MAIN, "user", REFERENCE));
        answer("done");
        String output = "x".repeat(999) + "🦞" + "y".repeat(5_000);
        ask(request("system", MAIN, "user", REFERENCE, "assistant", call, "user", results("shell", output)));
        assertThat(fixture.traffic.has("tool_result #1 ok null " + "x".repeat(999)))
                .isTrue();
        assertThat(fixture.traffic.events())
                .anySatisfy(event -> assertThat(event.toString())
                        .startsWith("ToolResult[")
                        .endsWith("x, status=ok, exitCode=null, wholeChars=6001]"));
        assertThat(fixture.traffic.outputs().values()).containsExactly(output);
    }
}
