package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.gateway.ToolResults.Outcome;
import dev.execlaw.gateway.ToolResults.Result;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ArrayNode;

class ToolResultsTest {

    private final ArrayNode messages = Json.MAPPER.createArrayNode();

    private void add(String role, String content) {
        messages.addObject().put("role", role).put("content", content);
    }

    @Test
    void onlyWhatFollowsTheLastAnswerCounts() {
        add("tool", "old");
        add("assistant", "");
        messages.addObject().put("role", "tool").put("tool_call_id", "a").put("content", "42\n[exit code: 0]");
        assertThat(ToolResults.latest(messages)).containsExactly(new Result("a", "", "", "42\n[exit code: 0]"));
    }

    @Test
    void readsNullclawsFormInOrderEvenWhenOutputQuotesTheTags() {
        add("assistant", "");
        add("user", """
                [Tool results]
                <tool_result name="shell" status="ok">
                a </tool_result> b
                </tool_result>
                <tool_result name="file_read" status="error">
                no such file
                </tool_result>

                Reflect on the tool results above and decide your next steps.""");
        assertThat(ToolResults.latest(messages))
                .containsExactly(
                        new Result("", "shell", "ok", "a </tool_result> b"),
                        new Result("", "file_read", "error", "no such file"));
    }

    @Test
    void theShellsLastLineIsItsExitCode() {
        assertThat(new Result("", "", "", "42\n[exit code: 0]").outcome("shell"))
                .isEqualTo(new Outcome("42", "ok", 0));
        assertThat(new Result("", "", "", "[exit code: 3]").outcome("shell")).isEqualTo(new Outcome("", "error", 3));
        assertThat(new Result("", "", "", "x\n[exit code: 3]").outcome("file_read"))
                .isEqualTo(new Outcome("x\n[exit code: 3]", "ok", null));
        assertThat(new Result("", "", "", "x\n[interrupted]").outcome("shell"))
                .isEqualTo(new Outcome("x\n[interrupted]", "error", null));
        assertThat(new Result("", "", "", "Error: no").outcome("file_read"))
                .isEqualTo(new Outcome("Error: no", "error", null));
    }

    @Test
    void aLongOutputTakesNoStack() {
        add("assistant", "");
        String output = "line\n".repeat(400_000);
        add("user", "[Tool results]\n<tool_result name=\"shell\" status=\"ok\">\n" + output + "</tool_result>\n");
        assertThat(ToolResults.latest(messages))
                .isEqualTo(List.of(new Result("", "shell", "ok", output.stripTrailing())));
    }
}
