package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class DemoScriptTest {

    private final ObjectNode request = Json.MAPPER.createObjectNode();
    private final ArrayNode messages = request.putArray("messages");

    DemoScriptTest() {
        for (String tool : new String[] {"shell", "file_read", "file_write"}) {
            request.withArray("tools").addObject().putObject("function").put("name", tool);
        }
    }

    private DemoAnswer say(String text) {
        messages.addObject().put("role", "user").put("content", text);
        return DemoScript.answer(request);
    }

    private String call(String text) {
        DemoAnswer.Tool tool = say(text).tool();
        return tool == null ? "none" : tool.name() + tool.arguments();
    }

    @Test
    void itGreetsAndExplainsItself() {
        assertThat(say("Hello!").text()).startsWith("Hello!").contains("run COMMAND");
        assertThat(say("help").text()).isEqualTo(DemoScript.HELP);
        assertThat(say("").text()).contains("0 characters in 0 lines");
    }

    @Test
    void itCallsTools() {
        assertThat(call("run echo 42")).isEqualTo("shell{\"command\":\"echo 42\"}");
        assertThat(call("run a\nb")).isEqualTo("shell{\"command\":\"a\\nb\"}");
        assertThat(call("Read /etc/hostname")).isEqualTo("file_read{\"path\":\"/etc/hostname\"}");
        assertThat(call("write /a b c\nd")).isEqualTo("file_write{\"path\":\"/a\",\"content\":\"b c\\nd\"}");
        assertThat(call("write /a")).contains("Written by the demo model");
        assertThat(call("run")).isEqualTo("none");
    }

    @Test
    void withoutToolsItSaysSo() {
        request.remove("tools");
        assertThat(say("run ls").text()).contains("no tool named shell");
        messages.insertObject(0).put("role", "system").put("content", "write <tool_call>...");
        assertThat(call("run ls")).isEqualTo("shell{\"command\":\"ls\"}");
    }

    @Test
    void itReportsResults() {
        say("run x");
        messages.addObject().put("role", "assistant").put("content", "");
        messages.addObject().put("role", "tool").put("content", "a ``` b\n[exit code: 1]");
        assertThat(DemoScript.answer(request).text())
                .isEqualTo("The command ended with exit code 1:\n\n````\na ``` b\n````");
    }

    @Test
    void whatTheUserSaysAfterResultsCountsMore() {
        say("run sleep 600");
        messages.addObject().put("role", "assistant").put("content", "");
        messages.addObject().put("role", "tool").put("content", "interrupted");
        assertThat(call("run echo 42")).isEqualTo("shell{\"command\":\"echo 42\"}");
    }

    @Test
    void itThinksAndCounts() {
        assertThat(say("think life").thinking()).contains("life");
        assertThat(say("long 3").text()).isEqualTo("word1 word2 word3");
        assertThat(say("long 999999999").text().split(" ")).hasSize(DemoScript.MOST_TOKENS);
        assertThat(say("slow 5").perSecond()).isEqualTo(5);
        assertThat(say("slow 5").text().split(" ")).hasSize(50);
        assertThat(say("slow 5 7").text()).endsWith("word7");
        assertThat(say("long time no see").text()).startsWith("I received 16 characters");
    }

    @Test
    void itSeesTheWholeOfALongMessage() {
        String text = "\u0001[x] first 🦞\n" + "y".repeat(100_000);
        assertThat(say(text).text())
                .startsWith("I received 100013 characters in 2 lines. The first line: \u0001[x] first 🦞\n");
    }
}
