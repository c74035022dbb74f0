package dev.execlaw.acp;

import dev.execlaw.event.DeltaCoalescer;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.PermissionRequest;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;

/**
 * The updates of one turn as events. Text that comes in quick succession is joined; what follows a piece of another kind
 * is a new part. Updates that tell of nothing a transcript shows (modes, commands) are passed over. Used by one thread.
 */
final class Updates {

    /** What an event costs beside its text. */
    private static final int EACH = 256;

    private final AcpLimits limits;
    private final Consumer<EventPayload> events;
    private final BiConsumer<String, String> outputs;
    private final DeltaCoalescer deltas;
    private final Tools tools;
    private long told;

    /**
     * @param turn prefix of the ids of parts and tool calls, unique among turns
     * @param clock nanoseconds
     * @param outputs takes the whole of an output of which the event to come tells only the beginning
     */
    Updates(
            String turn,
            AcpLimits limits,
            LongSupplier clock,
            Consumer<EventPayload> events,
            BiConsumer<String, String> outputs) {
        this.limits = limits;
        this.events = events;
        this.outputs = outputs;
        this.deltas = new DeltaCoalescer(turn, limits.coalesce(), clock, events);
        this.tools = new Tools(turn + "-t");
    }

    void take(JsonNode update) throws AcpException {
        switch (update.path("sessionUpdate").asString("")) {
            case "agent_message_chunk" -> deltas.text(counted(Contents.text(update.path("content"))));
            case "agent_thought_chunk" -> deltas.thinking(counted(Contents.text(update.path("content"))));
            case "tool_call", "tool_call_update" -> tool(update);
            case "plan" -> plan(update);
            default -> {} // newer versions of the protocol have more
        }
    }

    /** Nanoseconds until {@link #tick} must be called. */
    long due() {
        return deltas.due();
    }

    /** Lets text out that has waited long enough. */
    void tick() {
        deltas.tick();
    }

    /** The turn is over: lets out all that waits. */
    void end() {
        deltas.endPart();
    }

    private String counted(String text) throws AcpException {
        count(text.length());
        return text;
    }

    private void count(long characters) throws AcpException {
        told += characters;
        if (told > limits.turnChars()) {
            throw new AcpException("the agent told more than " + limits.turnChars()
                    + " characters in one turn, which is ended; the next one goes on with it");
        }
    }

    private void tell(EventPayload event) {
        deltas.endPart();
        events.accept(event);
    }

    /** A call whose arguments are still to come is told with them. */
    private void tool(JsonNode update) throws AcpException {
        count(EACH + update.path("toolCallId").asString("").length());
        Tools.Call call = tools.take(update).orElse(null);
        if (call == null) {
            return;
        }
        if (!call.told && call.begun()) {
            call.told = true;
            count(Contents.size(call.arguments()));
            tell(new EventPayload.ToolCall(call.id, call.name(), call.arguments()));
        }
        if (call.over()) {
            result(new EventPayload.ToolResult(call.id, call.output(), call.failed() ? "error" : "ok", null, null));
        }
    }

    private void result(EventPayload.ToolResult whole) throws AcpException {
        EventPayload.ToolResult result = whole.toldTo(limits.outputChars());
        if (result.wholeChars() != null) {
            outputs.accept(whole.id(), whole.output());
        }
        count(EACH + result.output().length());
        tell(result);
    }

    /** A plan replaces the last one, so it is shown as a thought of its own. */
    private void plan(JsonNode update) throws AcpException {
        count(EACH);
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
        deltas.endPart();
        deltas.thinking(counted(text.toString()));
        deltas.endPart();
    }

    /** A line of this length was passed over. */
    void passedOver(long bytes) {
        tell(new EventPayload.Notice("The agent wrote a message of " + bytes + " bytes; more than " + limits.lineBytes()
                + " are not read, so it is left out."));
    }

    /** An agent's question for leave. */
    PermissionRequest permission(String id, JsonNode params) throws AcpException {
        JsonNode tool = params.path("toolCall");
        tool(tool);
        deltas.endPart();
        String title = tool.path("title").asString("");
        PermissionRequest request = new PermissionRequest(
                id,
                title.isEmpty() ? tool.path("kind").asString("a tool") : title,
                Contents.arguments(tool),
                params.path("options")
                        .valueStream()
                        .map(option -> new PermissionRequest.Option(
                                option.path("optionId").asString(""),
                                option.path("name").asString(""),
                                option.path("kind").asString("")))
                        .toList());
        count(EACH + Contents.size(params));
        return request;
    }
}
