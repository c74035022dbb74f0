package dev.execlaw.event;

import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Events as JSON: {@code {session, seq, time, type, payload}}. Any thread may use it. */
public final class EventJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final ObjectWriter ASCII = MAPPER.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);

    private static final Map<String, Class<? extends EventPayload>> TYPES = Stream.<Type>of(
                    new Type("session", EventPayload.SessionChanged.class),
                    new Type("session_deleted", EventPayload.SessionDeleted.class),
                    new Type("boot_step", EventPayload.BootStep.class),
                    new Type("user_message", EventPayload.UserMessage.class),
                    new Type("message_removed", EventPayload.MessageRemoved.class),
                    new Type("turn_started", EventPayload.TurnStarted.class),
                    new Type("message", EventPayload.Message.class),
                    new Type("thinking", EventPayload.Thinking.class),
                    new Type("tool_call", EventPayload.ToolCall.class),
                    new Type("tool_call_delta", EventPayload.ToolCallDelta.class),
                    new Type("tool_call_withdrawn", EventPayload.ToolCallWithdrawn.class),
                    new Type("tool_result", EventPayload.ToolResult.class),
                    new Type("permission_request", EventPayload.PermissionRequest.class),
                    new Type("permission_answer", EventPayload.PermissionAnswer.class),
                    new Type("side_call", EventPayload.SideCall.class),
                    new Type("side_event", EventPayload.SideEvent.class),
                    new Type("side_call_finished", EventPayload.SideCallFinished.class),
                    new Type("usage", EventPayload.Usage.class),
                    new Type("turn_finished", EventPayload.TurnFinished.class),
                    new Type("budget_warning", EventPayload.BudgetWarning.class),
                    new Type("budget_reached", EventPayload.BudgetReached.class),
                    new Type("policy", EventPayload.PolicyChanged.class),
                    new Type("model_changed", EventPayload.ModelChanged.class),
                    new Type("model_settings", EventPayload.ModelSettingsChanged.class),
                    new Type("network", EventPayload.NetworkChanged.class),
                    new Type("checkpoint", EventPayload.Checkpoint.class),
                    new Type("checkpoint_dropped", EventPayload.CheckpointDropped.class),
                    new Type("paused", EventPayload.Paused.class),
                    new Type("resumed", EventPayload.Resumed.class),
                    new Type("rewound", EventPayload.Rewound.class),
                    new Type("forked", EventPayload.Forked.class),
                    new Type("fork_made", EventPayload.ForkMade.class),
                    new Type("omitted", EventPayload.Omitted.class),
                    new Type("notice", EventPayload.Notice.class),
                    new Type("error", EventPayload.Failure.class))
            .collect(Collectors.toUnmodifiableMap(Type::name, Type::payload));

    private EventJson() {}

    private record Type(String name, Class<? extends EventPayload> payload) {}

    /** JSON names of all payload types. */
    public static Map<String, Class<? extends EventPayload>> types() {
        return TYPES;
    }

    /** The whole event in its JSON form. */
    public static String encode(Event event) {
        ObjectNode head = MAPPER.createObjectNode();
        head.put("session", event.session());
        head.put("seq", event.seq());
        head.put("time", event.time().toString());
        head.put("type", event.payload().type());
        String json = MAPPER.writeValueAsString(head);
        return json.substring(0, json.length() - 1) + ",\"payload\":" + payload(event.payload()) + "}";
    }

    /** The payload alone; half a surrogate pair, which no encoding of text can say, as an escape. */
    public static String payload(EventPayload payload) {
        String json = MAPPER.writeValueAsString(payload);
        return halved(json) ? ASCII.writeValueAsString(payload) : json;
    }

    private static boolean halved(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
                if (!pair) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    /** An event of the side call {@code of}. */
    public static EventPayload.SideEvent within(String of, EventPayload payload) {
        return new EventPayload.SideEvent(of, payload.type(), MAPPER.valueToTree(payload));
    }

    /** Reads a payload back. An unknown type or broken JSON is an {@link IllegalArgumentException}. */
    public static EventPayload payload(String type, String json) {
        Class<? extends EventPayload> form = TYPES.get(type);
        if (form == null) {
            throw new IllegalArgumentException("event type \"" + type + "\" is not known to this build");
        }
        try {
            return MAPPER.readValue(json, form);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("payload of a " + type + " event cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads a whole event back. Its JSON has no cursor; the caller knows it or says 0. */
    public static Event decode(long cursor, String json) {
        JsonNode node = MAPPER.readTree(json);
        String type = node.required("type").asString();
        return new Event(
                cursor,
                node.required("session").asString(),
                node.required("seq").asLong(),
                Instant.parse(node.required("time").asString()),
                payload(type, node.required("payload").toString()));
    }
}
