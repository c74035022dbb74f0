package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

class TagParserTest {

    private static List<String> parse(List<String> pieces) {
        Fold fold = new Fold();
        TagParser parser = new TagParser(fold, name -> !name.equals("forbidden"), new AtomicInteger()::getAndIncrement);
        pieces.forEach(parser::feed);
        parser.end();
        return fold.seen;
    }

    @Test
    void readsThinkingCallsAndText() {
        assertThat(
                        parse(
                                List.of(
                                        "<think>hm</think>I run.\n<tool_call>{\"name\":\"shell\",\"arguments\":{\"a\":1}}</tool_call> ok")))
                .containsExactly("thinking:hm", "text:I run.\n", "call :shell{\"a\":1}", "text: ok");
    }

    @Test
    void whatOnlyLooksLikeATagIsText() {
        for (String text : List.of(
                "a < b <thin <tool_cal> </think>",
                "say `<think>` to think",
                "<tool_call>not json</tool_call>",
                "<tool_call>{\"name\":\"forbidden\"}</tool_call>",
                "<tool_call>[1]</tool_call>",
                "<tool_call>never closed",
                "<tool_result never closed",
                "- [x] done\n}\n┌─┐\nRunning: x\n\u001b[31mred")) {
            assertThat(parse(List.of(text))).containsExactly("text:" + text);
        }
    }

    @Test
    void inventedResultsAreLeftOut() {
        assertThat(parse(List.of("a<tool_result name=\"x\">made up</tool_result>b")))
                .containsExactly("text:ab");
    }

    @Test
    void aLongCallInSmallPiecesTakesLinearTime() {
        String call = "<tool_call>{\"name\":\"file_write\",\"arguments\":{\"content\":\"" + "x".repeat(2_000_000)
                + "\"}}</tool_call>";
        Assertions.assertTimeout(Duration.ofSeconds(20), () -> {
            Fold fold = new Fold();
            TagParser parser = new TagParser(fold, name -> true, new AtomicInteger()::getAndIncrement);
            for (int i = 0; i < call.length(); i += 4) {
                parser.feed(call.substring(i, Math.min(call.length(), i + 4)));
            }
            parser.end();
            assertThat(fold.seen).hasSize(1);
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void anyChunkingGivesWhatAReferenceFoldGives(long seed) {
        Random random = new Random(seed);
        List<String> words = List.of(
                "<think>",
                "</think>",
                "<tool_call>",
                "</tool_call>",
                "<tool_result name=\"a\" status=\"ok\">",
                "</tool_result>",
                "{\"name\":\"shell\",\"arguments\":{\"command\":\"ls <b>\"}}",
                "{\"name\":\"forbidden\"}",
                "\n",
                " text ",
                "<",
                "<t",
                "🦞",
                "{",
                "<tool_",
                ">");
        for (int round = 0; round < 2_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i > 0; i--) {
                text.append(words.get(random.nextInt(words.size())));
            }
            String whole = text.toString();
            Fold expected = new Fold();
            reference(whole, true, expected);
            assertThat(parse(Chunks.of(whole, random))).as(whole).isEqualTo(expected.seen);
        }
    }

    /** The rules, on a whole text. */
    private static void reference(String text, boolean lineStart, Fold out) {
        for (int i = 0; i < text.length(); i++) {
            boolean startsLine = i == 0 ? lineStart : text.charAt(i - 1) == '\n';
            String rest = text.substring(i);
            if (rest.startsWith("<think>") && startsLine) {
                put(text.substring(0, i), out);
                String body = rest.substring(7);
                int end = body.indexOf("</think>");
                if (!(end < 0 ? body : body.substring(0, end)).isEmpty()) {
                    out.thinking(end < 0 ? body : body.substring(0, end));
                }
                if (end >= 0) {
                    reference(body.substring(end + 8), true, out);
                }
                return;
            }
            boolean call = rest.startsWith("<tool_call>");
            if (call || rest.startsWith("<tool_result")) {
                put(text.substring(0, i), out);
                String open = call ? "<tool_call>" : "<tool_result";
                String close = call ? "</tool_call>" : "</tool_result>";
                String body = rest.substring(open.length());
                int end = body.indexOf(close);
                String inner = end < 0 ? body : body.substring(0, end);
                boolean literal = call ? !asCall(inner, out) : end < 0;
                if (literal) {
                    put(open + inner + (end < 0 ? "" : close), out);
                }
                if (end >= 0) {
                    reference(body.substring(end + close.length()), !literal, out);
                }
                return;
            }
        }
        put(text, out);
    }

    private static void put(String text, Fold out) {
        if (!text.isEmpty()) {
            out.text(text);
        }
    }

    private static boolean asCall(String inner, Fold out) {
        try {
            JsonNode call = Json.MAPPER.readTree(inner);
            if (call.path("name").asString("").equals("shell")) {
                out.toolCall(0, "", "shell", call.get("arguments"));
                return true;
            }
            return false;
        } catch (JacksonException e) {
            return false;
        }
    }
}
