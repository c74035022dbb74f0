package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.ToolCall;
import dev.execlaw.event.EventPayload.ToolResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ToolNotesTest {

    private static final JsonNode LS = JsonMapper.shared().readTree("{\"command\":\"ls\"}");
    private static final JsonNode NONE = JsonMapper.shared().readTree("{}");
    private static final String START = "{\"event\":\"tool_call_start\",\"tool\":\"shell\"}";

    private final List<EventPayload> events = new ArrayList<>();
    private final ToolNotes notes = new ToolNotes("m1", events::add);

    private static String end(String tool, boolean well, String detail) {
        return "{\"event\":\"tool_call\",\"tool\":\"" + tool + "\",\"duration_ms\":5,\"success\":" + well
                + (detail.isEmpty() ? "" : ",\"detail\":\"" + detail + "\"") + ",\"trace_id\":\"ab\"}";
    }

    private static ToolResult result(String id, String output, String status) {
        return new ToolResult(id, output, status, null, null);
    }

    @Test
    void whatTheConsoleDoesNotShowIsToldByTheNotes() {
        notes.note("{\"event\":\"agent_start\",\"provider\":\"openrouter\",\"model\":\"x\"}");
        notes.note(START);
        notes.note(end("shell", true, "a\\nb"));
        notes.note("{\"event\":\"turn_complete\"}");
        assertThat(events).containsExactly(new ToolCall("m1-t1", "shell", NONE), result("m1-t1", "a\nb", "ok"));
    }

    @Test
    void aCallOfWhichBothTellIsOne() {
        notes.shows("shell", LS);
        notes.shows("file_read", NONE);
        notes.note(START);
        notes.note(end("shell", false, "no such file"));
        notes.note("{\"event\":\"tool_call_start\",\"tool\":\"file_read\"}");
        notes.note(end("file_read", true, ""));
        notes.note(START); // the console lags behind
        notes.shows("shell", LS);
        assertThat(events)
                .containsExactly(
                        new ToolCall("m1-t1", "shell", LS),
                        new ToolCall("m1-t2", "file_read", NONE),
                        result("m1-t1", "no such file", "error"),
                        result("m1-t2", "", "ok"),
                        new ToolCall("m1-t3", "shell", NONE));
    }

    @Test
    void sameToolsEndInTheirOrderAndAnEndAloneIsACall() {
        notes.note(START);
        notes.note(START);
        notes.note(end("shell", true, "one"));
        notes.note(end("shell", true, "two"));
        notes.note(end("web_fetch", true, "three"));
        assertThat(events)
                .endsWith(
                        result("m1-t1", "one", "ok"),
                        result("m1-t2", "two", "ok"),
                        new ToolCall("m1-t3", "web_fetch", NONE),
                        result("m1-t3", "three", "ok"));
    }

    @Test
    void whatIsNoNoteIsPassedOver() {
        for (String line :
                List.of("", "{\"event\":\"tool_call_start\",\"too", "[]", "7", "{\"metric\":\"tokens_used\"}")) {
            notes.note(line);
        }
        assertThat(events).isEmpty();
        for (int i = 0; i < 20_000; i++) {
            notes.note(START);
        }
        assertThat(events).hasSize(10_000);
    }
}
