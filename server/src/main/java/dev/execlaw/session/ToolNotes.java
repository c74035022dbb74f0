package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The tool calls of one turn from two witnesses: the console, which in some versions shows a call with its arguments, and
 * the agent's own notes of what began and how it ended. A call of which both tell is one. Used by one thread.
 *
 * <p>The notes are nullclaw's (nullclaw/nullclaw, src/observability.zig, FileObserver): JSON lines {@code tool_call_start}
 * with a tool, and {@code tool_call} with its success and, at most 1024 bytes long, what it gave back. Their order is that
 * of the calls; they have no ids.
 */
final class ToolNotes {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** A name is the model's; of more than these a turn that goes wrong tells. */
    private static final int MOST = 10_000;

    private final String turn;
    private final Consumer<EventPayload> events;
    private final Map<String, Deque<String>> shown = new HashMap<>();
    private final Map<String, Integer> ahead = new HashMap<>();
    private final Map<String, Deque<String>> running = new HashMap<>();
    private int calls;

    /** @param turn prefix of the ids, unique among turns */
    ToolNotes(String turn, Consumer<EventPayload> events) {
        this.turn = turn;
        this.events = events;
    }

    /** The console shows a call. Where its begin was noted before, it was told. */
    void shows(String tool, JsonNode arguments) {
        int before = ahead.getOrDefault(tool, 0);
        if (before > 0) {
            ahead.put(tool, before - 1);
        } else {
            shown.computeIfAbsent(tool, _ -> new ArrayDeque<>()).add(tell(tool, arguments));
        }
    }

    /** A line of the notes; what is none, or of something else, is passed over. */
    void note(String line) {
        JsonNode note;
        try {
            note = MAPPER.readTree(line);
        } catch (JacksonException _) {
            return; // cut, or of a version that writes something else
        }
        String tool = note.path("tool").asString("");
        switch (note.path("event").asString("")) {
            case "tool_call_start" -> begun(tool);
            case "tool_call" ->
                ended(
                        tool,
                        note.path("success").asBoolean(true),
                        note.path("detail").asString(""));
            default -> {}
        }
    }

    private String begun(String tool) {
        String id = shown.computeIfAbsent(tool, _ -> new ArrayDeque<>()).poll();
        if (id == null) {
            ahead.merge(tool, 1, Integer::sum);
            id = tell(tool, JsonNodeFactory.instance.objectNode());
        }
        running.computeIfAbsent(tool, _ -> new ArrayDeque<>()).add(id);
        return id;
    }

    private void ended(String tool, boolean well, String detail) {
        Deque<String> open = running.computeIfAbsent(tool, _ -> new ArrayDeque<>());
        if (open.isEmpty()) {
            begun(tool);
        }
        String id = open.remove();
        if (calls <= MOST) {
            events.accept(new EventPayload.ToolResult(id, detail, well ? "ok" : "error", null, null));
        }
    }

    private String tell(String tool, JsonNode arguments) {
        calls++;
        String id = turn + "-t" + calls;
        if (calls <= MOST) {
            events.accept(new EventPayload.ToolCall(id, tool, arguments));
        }
        return id;
    }
}
