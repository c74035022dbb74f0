package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.Message;
import dev.execlaw.event.EventPayload.Thinking;
import dev.execlaw.event.EventPayload.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleAnswerTest {

    private final List<EventPayload> events = new ArrayList<>();

    private void print(String text, int piece) {
        ConsoleAnswer answer = new ConsoleAnswer("m1", events::add);
        for (int at = 0; at < text.length(); at += piece) {
            answer.print(text.substring(at, Math.min(text.length(), at + piece)));
        }
        answer.end();
    }

    private String messages() {
        return events.stream()
                .filter(Message.class::isInstance)
                .map(event -> ((Message) event).text())
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 10_000})
    void anAnswerComesWholeInWhateverPieces(int piece) {
        print("\r\nOne [x] line\r\n\r\n> a quote\r\n| a | b |\r\na < b and <b>bold</b>\r\nRunning: x\r\n\r\n> ", piece);
        assertThat(messages()).isEqualTo("One [x] line\n\n> a quote\n| a | b |\na < b and <b>bold</b>\nRunning: x");
        assertThat(events).allSatisfy(event -> assertThat(event).isInstanceOf(Message.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 10_000})
    void tagsAreRead(int piece) {
        print(
                "<think>hm</think>Let me look.<tool_call>{\"name\":\"shell\",\"arguments\":{\"command\":\"ls\"}}</tool_call>"
                        + "<tool_result name=\"shell\">made up</tool_result>Done.\n<tool_call>no call</tool_call>\n\n> ",
                piece);
        assertThat(events.getFirst()).isEqualTo(new Thinking("hm", "m1-2"));
        assertThat(events.stream()
                        .filter(ToolCall.class::isInstance)
                        .map(e -> ((ToolCall) e).arguments().toString()))
                .containsExactly("{\"command\":\"ls\"}");
        assertThat(messages()).isEqualTo("Let me look.Done.\n<tool_call>no call</tool_call>");
    }

    @Test
    void whatIsNeverClosedIsText() {
        print("so <think>and on\n\n> ", 4);
        assertThat(messages()).isEqualTo("so <think>and on");
    }
}
