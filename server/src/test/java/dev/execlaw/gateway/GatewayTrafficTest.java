package dev.execlaw.gateway;

import static dev.execlaw.gateway.FakeUpstream.delta;
import static dev.execlaw.gateway.FakeUpstream.end;
import static dev.execlaw.gateway.FakeUpstream.stream;
import static dev.execlaw.gateway.FakeUpstream.text;
import static dev.execlaw.gateway.FakeUpstream.write;
import static dev.execlaw.gateway.GatewayFixture.body;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.gateway.GatewaySession.Route;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.eclipse.jetty.client.ContentResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What passes through and what is told about it. */
class GatewayTrafficTest {

    private GatewayFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private static void toolAnswer(OutputStream out) throws Exception {
        stream(out);
        delta(out, "{\"reasoning_content\":\"hm \"}");
        delta(out, "{\"reasoning\":\"so\"}");
        text(out, "I ");
        text(out, "run. 🦞");
        delta(
                out,
                "{\"tool_calls\":[{\"index\":0,\"id\":\"c0\",\"function\":{\"name\":\"shell\",\"arguments\":\"\"}}]}");
        delta(out, "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"command\\\":\"}}]}");
        delta(out, "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"ls\\\"}\"}}]}");
        end(out, "tool_calls");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theLogIsTheSameWhetherTheGuestStreamsOrNot(boolean streaming) throws Exception {
        fixture.upstream.script((out, request) -> toolAnswer(out));
        ContentResponse answer = fixture.ask(streaming);
        assertThat(answer.getStatus()).isEqualTo(200);
        assertThat(GatewayFixture.text(answer)).isEqualTo("I run. 🦞");
        assertThat(answer.getContentAsString()).contains("tool_calls", "c0").doesNotContain(GatewayFixture.KEY);
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "done");
            end(out, "stop");
        });
        String result = ",{\"role\":\"assistant\",\"content\":\"\"},"
                + "{\"role\":\"tool\",\"tool_call_id\":\"c0\",\"content\":\"a\\nb\\n[exit code: 2]\"}";
        assertThat(fixture.request(body(streaming, result)).send().getStatus()).isEqualTo(200);
        // The history repeats: a result is told once.
        assertThat(fixture.request(body(streaming, result)).send().getStatus()).isEqualTo(200);
        assertThat(fixture.traffic.log())
                .containsExactly(
                        "started m1",
                        "thinking hm so",
                        "message I run. 🦞",
                        "tool_call #1 shell {\"command\":\"ls\"}",
                        "usage 5 7",
                        "finished",
                        "tool_result #1 error 2 a\nb",
                        "started m1",
                        "message done",
                        "usage 5 7",
                        "finished last",
                        "started m1",
                        "message done",
                        "usage 5 7",
                        "finished last");
        assertThat(fixture.traffic.drafts().get("#1")).startsWith("shell ");
    }

    @Test
    void tagsInTheTextAreToolCallsForAgentsWithoutNativeTools() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            for (String piece : Chunks.of(
                    "<think>why</think>\nLook:\n<tool_call>{\"name\":\"shell\",\"arguments\":{\"command\":\"a <b>\"}}</tool_call>\n",
                    new Random(1))) {
                text(out, piece);
            }
            end(out, "stop");
        });
        String plain = body(true, "").replaceFirst(",\"tools\".*", "}");
        ContentResponse answer = fixture.request(plain).send();
        assertThat(GatewayFixture.text(answer)).contains("<tool_call>", "</tool_call>");
        String results = plain.replace(
                "}]}",
                "},{\"role\":\"assistant\",\"content\":\"\"},{\"role\":\"user\",\"content\":"
                        + "\"[Tool results]\\n<tool_result name=\\\"shell\\\" status=\\\"ok\\\">\\n42\\n</tool_result>\\n\\nReflect on the"
                        + " tool results above\"}]}");
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "42");
            end(out, "stop");
        });
        fixture.request(results).send();
        assertThat(fixture.traffic.log())
                .containsExactly(
                        "started m1",
                        "thinking why",
                        "message \nLook:\n",
                        "tool_call #1 shell {\"command\":\"a <b>\"}",
                        "usage 5 7",
                        "finished",
                        "tool_result #1 ok null 42",
                        "started m1",
                        "message 42",
                        "usage 5 7",
                        "finished last");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void uglyTextInAnyChunkingArrivesUnchanged(long seed) throws Exception {
        Random random = new Random(seed);
        String ugly =
                "- [x] a[0]\n}\n42\nok\n┌─┐\n│ Running: x │\n└─┘\nRunning: y\n> quote\n\u001b[?25h\u001b[31mred\u001b[0m\n"
                        + "🦞".repeat(50) + "\n" + "z".repeat(20_000) + "\n\n> ";
        fixture.upstream.script((out, request) -> {
            stream(out);
            StringBuilder wire = new StringBuilder();
            for (String piece : Chunks.of(ugly, random)) {
                String end = random.nextBoolean() ? "\n" : "\r\n";
                wire.append(random.nextInt(10) == 0 ? ": keep" + end + end : "")
                        .append("data: {\"choices\":[{\"delta\":{\"content\":")
                        .append(Chunks.json(piece))
                        .append("}}]}")
                        .append(end)
                        .append(end);
            }
            for (byte[] piece : Chunks.of(wire.toString().getBytes(StandardCharsets.UTF_8), random)) {
                out.write(piece);
            }
            end(out, "stop");
        });
        assertThat(GatewayFixture.text(fixture.ask(true))).isEqualTo(ugly);
        assertThat(fixture.traffic.log()).contains("message " + ugly).last().isEqualTo("finished last");
    }

    @Test
    void theProviderGetsTheRealTextTheKeyAndTheRoute() throws Exception {
        fixture.route = new Route("up", "big", GatewayFixture.KEY, "be kind", 0.25, 99);
        fixture.upstream.script((out, request) -> toolAnswer(out));
        fixture.ask(false);
        JsonNode sent = fixture.upstream.requests.getFirst();
        assertThat(sent.path("messages").toString())
                .isEqualTo(
                        "[{\"role\":\"system\",\"content\":\"be kind\"},{\"role\":\"user\",\"content\":\"the real text\"}]");
        assertThat(sent.path("model").stringValue()).isEqualTo("big");
        assertThat(sent.path("temperature").doubleValue()).isEqualTo(0.25);
        assertThat(sent.path("max_tokens").intValue()).isEqualTo(99);
        assertThat(fixture.upstream.heads.getFirst())
                .startsWith("POST /v1/chat/completions ")
                .contains("Bearer " + GatewayFixture.KEY)
                .doesNotContain(GatewayFixture.TOKEN);
        assertThat(fixture.session("s1").toString() + fixture.route).doesNotContain(GatewayFixture.KEY);
    }

    @Test
    void aProviderThatDoesNotStreamIsServedTheSame() throws Exception {
        fixture.upstream.script((out, request) -> FakeUpstream.status(
                out,
                "200 OK",
                "",
                "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"whole\",\"tool_calls\":[{\"id\":\"x\",\"function\":"
                        + "{\"name\":\"shell\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}],"
                        + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}"));
        for (boolean streaming : List.of(true, false)) {
            ContentResponse answer = fixture.ask(streaming);
            assertThat(GatewayFixture.text(answer)).isEqualTo("whole");
            assertThat(answer.getContentAsString()).contains("shell");
        }
        assertThat(fixture.traffic.log())
                .startsWith("started m1", "message whole", "tool_call #1 shell {}", "usage 1 2", "finished");
    }

    @Test
    void wordsFromTheConsoleAreTheAgentsOwnAffair() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "a summary");
            end(out, "stop");
        });
        String side = "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"typed here\"}]}";
        assertThat(GatewayFixture.text(fixture.request(side).send())).isEqualTo("a summary");
        assertThat(fixture.traffic.log())
                .containsExactly(
                        "side #1 other: typed here", "  #1 message a summary", "usage 5 7", "side #1 completed");
    }

    @Test
    void aSilentProviderIsCoveredByComments() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            Thread.sleep(700);
            text(out, "late");
            end(out, "stop");
        });
        ContentResponse streamed = fixture.ask(true);
        assertThat(streamed.getContentAsString()).startsWith(": waiting\n\n: waiting\n\n");
        assertThat(GatewayFixture.text(streamed)).isEqualTo("late");
        ContentResponse whole = fixture.ask(false);
        assertThat(whole.getContentAsString()).startsWith("\n\n");
        assertThat(GatewayFixture.text(whole)).isEqualTo("late");
    }

    @Test
    void usageIsOnlyForGuestsThatAskedForIt() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            write(out, "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n");
            end(out, "stop");
        });
        assertThat(fixture.ask(true).getContentAsString()).doesNotContain("prompt_tokens");
        String asking = body(true, "").replaceFirst("\\{", "{\"stream_options\":{\"include_usage\":true},");
        assertThat(fixture.request(asking).send().getContentAsString()).contains("prompt_tokens");
    }
}
