package dev.execlaw.acp;

import dev.execlaw.event.EventPayload;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The updates of one turn as events. What follows a piece of another kind is a new part. Updates that tell of nothing a
 * transcript shows (modes, commands) are passed over. Used by one thread.
 */
final class Updates {

    private final String turn;
    private final Consumer<EventPayload> events;
    private final Map<String, ObjectNode> calls = new HashMap<>();
    private final Set<String> known = new HashSet<>();
    private final Set<String> done = new HashSet<>();
    private String kind = "";
    private int parts;

    /** @param turn prefix of the part ids, unique among turns */
    Updates(String turn, Consumer<EventPayload> events) {
        this.turn = turn;
        this.events = events;
    }

    void take(JsonNode update) {
        String type = update.path("sessionUpdate").asString("");
        switch (type) {
            case "agent_message_chunk" ->
                text(type, update, (text, part) -> events.accept(new EventPayload.Message(text, part)));
            case "agent_thought_chunk" ->
                text(type, update, (text, part) -> events.accept(new EventPayload.Thinking(text, part)));
            case "tool_call", "tool_call_update" -> tool(update);
            case "plan" -> plan(update);
            default -> {} // newer versions of the protocol have more
        }
    }

    private interface Piece {
        void show(String text, String part);
    }

    private void text(String type, JsonNode update, Piece piece) {
        String text = text(update.path("content"));
        if (!text.isEmpty()) {
            piece.show(text, part(type));
        }
    }

    private String part(String type) {
        if (!type.equals(kind)) {
            kind = type;
            parts++;
        }
        return turn + "-" + parts;
    }

    /** A call whose arguments are still to come is told with them. */
    private void tool(JsonNode update) {
        String id = update.path("toolCallId").asString("");
        if (id.isEmpty()) {
            return;
        }
        ObjectNode call = calls.computeIfAbsent(id, _ -> JsonNodeFactory.instance.objectNode());
        update.properties().stream()
                .filter(field -> !field.getValue().isNull())
                .forEach(field -> call.set(field.getKey(), field.getValue()));
        boolean complete = !arguments(call).isEmpty()
                || !call.path("status").asString("pending").equals("pending");
        kind = "";
        if (complete && known.add(id)) {
            String title = call.path("title").asString("");
            String name = title.isEmpty() ? call.path("kind").asString("tool") : title;
            events.accept(new EventPayload.ToolCall(id, name, arguments(call)));
        }
        String status = call.path("status").asString("");
        boolean failed = status.equals("failed");
        if ((failed || status.equals("completed")) && done.add(id)) {
            events.accept(new EventPayload.ToolResult(id, output(call), failed ? "error" : "ok", null, null));
        }
    }

    /** A plan replaces the last one, so it is shown as a thought of its own. */
    private void plan(JsonNode update) {
        StringBuilder text = new StringBuilder("Plan\n");
        for (JsonNode entry : update.path("entries")) {
            String mark = switch (entry.path("status").asString("")) {
                case "completed" -> "✓";
                case "in_progress" -> "▸";
                default -> "○";
            };
            text.append(mark)
                    .append(' ')
                    .append(entry.path("content").asString(""))
                    .append('\n');
        }
        kind = "";
        events.accept(new EventPayload.Thinking(text.toString(), part("plan")));
        kind = "";
    }

    /** An agent's question for leave. */
    EventPayload.PermissionRequest permission(String id, JsonNode params) {
        JsonNode tool = params.path("toolCall");
        tool(tool);
        String title = tool.path("title").asString("");
        return new EventPayload.PermissionRequest(
                id,
                title.isEmpty() ? tool.path("kind").asString("a tool") : title,
                arguments(tool),
                params.path("options")
                        .valueStream()
                        .map(option -> new EventPayload.PermissionRequest.Option(
                                option.path("optionId").asString(""),
                                option.path("name").asString(""),
                                option.path("kind").asString("")))
                        .toList());
    }

    /** Arguments of a tool, or what the agent tells in their place. */
    static ObjectNode arguments(JsonNode call) {
        if (call.path("rawInput") instanceof ObjectNode object) {
            return object;
        }
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        for (JsonNode location : call.path("locations")) {
            arguments.put("path", location.path("path").asString(""));
        }
        for (JsonNode content : call.path("content")) {
            if (content.path("type").asString("").equals("diff")) {
                arguments.put("path", content.path("path").asString(""));
                arguments.put("content", content.path("newText").asString(""));
            }
        }
        return arguments;
    }

    private static String output(JsonNode call) {
        StringBuilder output = new StringBuilder();
        for (JsonNode content : call.path("content")) {
            String piece = switch (content.path("type").asString("")) {
                case "content" -> text(content.path("content"));
                case "diff" -> "changed " + content.path("path").asString("");
                default -> "[" + content.path("type").asString("") + "]";
            };
            output.append(output.isEmpty() ? "" : "\n").append(piece);
        }
        JsonNode raw = call.path("rawOutput");
        if (output.isEmpty() && !raw.isMissingNode() && !raw.isNull()) {
            return raw.isString() ? raw.asString() : raw.toString();
        }
        return output.toString();
    }

    /** A block of content as text. */
    private static String text(JsonNode content) {
        String type = content.path("type").asString("");
        return switch (type) {
            case "text" -> content.path("text").asString("");
            case "resource_link" -> content.path("uri").asString("");
            case "resource" -> content.path("resource").path("text").asString("[resource]");
            default -> "[" + type.toLowerCase(Locale.ROOT) + "]";
        };
    }
}
