package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerFoldTest {

    private final Fold seen = new Fold();
    private final AnswerFold fold = new AnswerFold(seen, name -> true);

    private void chunk(String choice) {
        fold.accept(Json.MAPPER.readTree("{\"choices\":[" + choice + "]}"));
    }

    @Test
    void brokenArgumentsAreAStringAndNoneAreAnEmptyObject() {
        chunk(
                "{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"x\",\"arguments\":\"{oops\"}},"
                        + "{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"y\"}},"
                        + "{\"index\":2,\"id\":\"c\",\"function\":{\"name\":\"z\",\"arguments\":{\"k\":1}}}]}}");
        assertThat(seen.seen).as("nothing before the end").isEmpty();
        fold.end();
        assertThat(seen.seen).containsExactly("call a:x\"{oops\"", "call b:y{}", "call c:z{\"k\":1}");
    }

    @Test
    void itHoldsFromTheFirstSignOfAToolAndFromTheEnd() {
        chunk("{\"delta\":{\"content\":\"text <b> \"}}");
        assertThat(fold.holding()).isFalse();
        chunk("{\"delta\":{\"content\":\"<tool_call>\"}}");
        assertThat(fold.holding()).isTrue();
        chunk("{\"delta\":{\"content\":\"no json</tool_call>\"}}");
        assertThat(fold.holding()).isFalse();
        chunk("{\"delta\":{},\"finish_reason\":\"stop\"}");
        assertThat(fold.holding()).isTrue();
        assertThat(fold.finishReason()).contains("stop");
    }

    @Test
    void otherChoicesDoNotCount() {
        chunk("{\"index\":1,\"delta\":{\"content\":\"other\"},\"finish_reason\":\"stop\"}");
        assertThat(fold.finishReason()).isEmpty();
        assertThat(seen.seen).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26})
    void randomTrafficInRandomPiecesGivesTheWholeAnswer(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            String thinking = words(random);
            String text = words(random);
            List<String> arguments = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                arguments.add("{\"command\":" + Chunks.json(words(random)) + "}");
            }
            Fold got = new Fold();
            AnswerFold answer = new AnswerFold(got, name -> true);
            String key = random.nextBoolean() ? "reasoning" : "reasoning_content";
            Chunks.of(thinking, random).forEach(piece -> delta(answer, "\"" + key + "\":" + Chunks.json(piece)));
            Chunks.of(text, random).forEach(piece -> delta(answer, "\"content\":" + Chunks.json(piece)));
            interleave(answer, arguments, random);
            answer.end();
            Fold expected = new Fold();
            if (!thinking.isEmpty()) {
                expected.thinking(thinking);
            }
            if (!text.isEmpty()) {
                expected.text(text);
            }
            for (int i = 0; i < arguments.size(); i++) {
                expected.toolCall(i, "c" + i, "t" + i, Json.MAPPER.readTree(arguments.get(i)));
            }
            assertThat(got.seen).isEqualTo(expected.seen);
            assertThat(answer.message().get("content").stringValue()).isEqualTo(text);
            for (int i = 0; i < arguments.size(); i++) {
                assertThat(got.drafts.get(i)).hasToString("t" + i + " " + arguments.get(i));
            }
            wholeBodyFoldsTheSame(answer, expected);
        }
    }

    /** The body that a guest gets which does not stream says the same as the stream. */
    private static void wholeBodyFoldsTheSame(AnswerFold answer, Fold expected) {
        Fold again = new Fold();
        AnswerFold whole = new AnswerFold(again, name -> true);
        whole.accept(Json.MAPPER.readTree("{\"choices\":[{\"message\":" + answer.message() + "}]}"));
        whole.end();
        assertThat(again.seen).isEqualTo(expected.seen);
    }

    private static void interleave(AnswerFold answer, List<String> arguments, Random random) {
        List<List<String>> left = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            call(answer, i, "\"id\":\"c" + i + "\",\"type\":\"function\",", "\"name\":\"t" + i + "\",", "");
            left.add(new ArrayList<>(Chunks.of(arguments.get(i), random)));
        }
        while (left.stream().anyMatch(pieces -> !pieces.isEmpty())) {
            int i = random.nextInt(left.size());
            if (!left.get(i).isEmpty()) {
                call(answer, i, "", "", left.get(i).removeFirst());
            }
        }
    }

    private static void call(AnswerFold answer, int index, String id, String name, String arguments) {
        delta(
                answer,
                "\"tool_calls\":[{\"index\":" + index + "," + id + "\"function\":{" + name + "\"arguments\":"
                        + Chunks.json(arguments) + "}}]");
    }

    private static void delta(AnswerFold answer, String fields) {
        answer.accept(Json.MAPPER.readTree("{\"choices\":[{\"index\":0,\"delta\":{" + fields + "}}]}"));
    }

    private static String words(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            text.append(List.of("a", " ", "\n", "🦞", "é", "[x]", "\"", "\\", "<b>", "\u0001", "}")
                    .get(random.nextInt(11)));
        }
        return text.toString();
    }
}
