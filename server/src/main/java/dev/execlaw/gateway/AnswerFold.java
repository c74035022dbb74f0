package dev.execlaw.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts one answer together from a stream's chunks (or from one whole body): text, reasoning and parts of tool calls go on
 * at once, whole calls when the answer is complete, for only then is it certain that the agent gets them. Lives on the thread of its call.
 */
final class AnswerFold {

    private final AnswerSink sink;
    private final TagParser tags;
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final Map<Integer, NativeCall> calls = new TreeMap<>();
    private final TaggedCalls tagged;
    private int numbers;
    private @Nullable String finish;
    private @Nullable JsonNode usage;
    private String model = "";

    /**
     * @param tools whether a tool of this name may be called by a tag in the text
     */
    AnswerFold(AnswerSink sink, Predicate<String> tools) {
        this.sink = sink;
        this.tagged = new TaggedCalls(sink);
        this.tags = new TagParser(tagged, tools, this::nextNumber);
    }

    /** Takes one chunk. */
    void accept(JsonNode chunk) {
        if (chunk.path("usage").isObject()) {
            usage = chunk.get("usage");
        }
        if (model.isEmpty()) {
            model = chunk.path("model").asString("");
        }
        for (JsonNode choice : chunk.path("choices")) {
            if (choice.path("index").asInt(0) == 0) {
                delta(choice.path(choice.has("delta") ? "delta" : "message"));
                finish = choice.path("finish_reason").asString(finish);
            }
        }
    }

    private void delta(JsonNode delta) {
        JsonNode own = delta.path("reasoning_content");
        JsonNode thought = own.isString() ? own : delta.path("reasoning");
        if (thought.isString() && !thought.stringValue().isEmpty()) {
            reasoning.append(thought.stringValue());
            sink.thinking(thought.stringValue());
        }
        String text = Json.text(delta.path("content"));
        if (!text.isEmpty()) {
            content.append(text);
            tags.feed(text);
        }
        int position = 0;
        for (JsonNode part : delta.path("tool_calls")) {
            int index = part.path("index").asInt(position++);
            NativeCall call = calls.computeIfAbsent(index, i -> new NativeCall(nextNumber()));
            call.add(part);
            call.tell(sink);
        }
    }

    private int nextNumber() {
        return numbers++;
    }

    /** The answer is whole: gives what was held back. */
    void end() {
        tags.end();
        calls.values().forEach(call -> sink.toolCall(call.number, call.id, call.name, call.arguments()));
        tagged.release();
    }

    /** Why the model stopped; empty as long as it has not. */
    Optional<String> finishReason() {
        return Optional.ofNullable(finish);
    }

    /** Whether the guest should not see more before the answer is whole: a tool call has begun, or the end is near. */
    boolean holding() {
        return finish != null || !calls.isEmpty() || tags.toolPending();
    }

    boolean callsNatively() {
        return !calls.isEmpty();
    }

    boolean callsByTag() {
        return tags.called();
    }

    /** Usage as the provider reported it. */
    Optional<JsonNode> usage() {
        return Optional.ofNullable(usage);
    }

    /** Model that answered, as the provider named it; may be empty. */
    String model() {
        return model;
    }

    /** Characters so far, for limits. */
    long size() {
        return content.length()
                + reasoning.length()
                + calls.values().stream()
                        .mapToLong(call -> call.arguments.length())
                        .sum();
    }

    /** Its text so far, with all tags. */
    String content() {
        return content.toString();
    }

    /** The whole answer as the {@code message} of a body that is not streamed. */
    ObjectNode message() {
        ObjectNode message = Json.MAPPER.createObjectNode();
        message.put("role", "assistant");
        message.put("content", content.toString());
        if (!reasoning.isEmpty()) {
            message.put("reasoning_content", reasoning.toString());
        }
        if (!calls.isEmpty()) {
            ArrayNode list = message.putArray("tool_calls");
            for (NativeCall call : calls.values()) {
                ObjectNode item = list.addObject().put("id", call.id).put("type", "function");
                item.putObject("function").put("name", call.name).put("arguments", call.arguments.toString());
            }
        }
        return message;
    }

    private static final class NativeCall {
        private final int number;
        private final StringBuilder arguments = new StringBuilder();
        private String id = "";
        private String name = "";
        private int told = -1;

        NativeCall(int number) {
            this.number = number;
        }

        /** Gives what came since the last time, once the name is there. */
        void tell(AnswerSink sink) {
            if (!name.isEmpty() && told < arguments.length()) {
                sink.toolPart(number, name, arguments.substring(Math.max(0, told)));
                told = arguments.length();
            }
        }

        void add(JsonNode part) {
            String newId = part.path("id").asString("");
            id = newId.isEmpty() ? id : newId;
            JsonNode function = part.path("function");
            String newName = function.path("name").asString("");
            name = newName.isEmpty() ? name : newName;
            JsonNode more = function.path("arguments");
            arguments.append(
                    more.isString()
                            ? more.stringValue()
                            : more.isMissingNode() || more.isNull() ? "" : more.toString());
        }

        JsonNode arguments() {
            String text = arguments.toString();
            if (text.isBlank()) {
                return Json.MAPPER.createObjectNode();
            }
            try {
                JsonNode parsed = Json.MAPPER.readTree(text);
                if (parsed.isObject()) {
                    return parsed;
                }
            } catch (JacksonException e) {
                // Said in the event by being a string: the agent gets the same broken text and tells the model.
                return Json.MAPPER.getNodeFactory().stringNode(text);
            }
            return Json.MAPPER.getNodeFactory().stringNode(text);
        }
    }

    /** Lets text pass and keeps tool calls until the answer is whole. */
    private static final class TaggedCalls implements AnswerSink {
        private final AnswerSink next;
        private final List<Runnable> held = new ArrayList<>();

        TaggedCalls(AnswerSink next) {
            this.next = next;
        }

        @Override
        public void text(String text) {
            next.text(text);
        }

        @Override
        public void thinking(String text) {
            next.thinking(text);
        }

        @Override
        public void toolPart(int call, String name, String arguments) {
            next.toolPart(call, name, arguments);
        }

        @Override
        public void toolWithdrawn(int call) {
            next.toolWithdrawn(call);
        }

        @Override
        public void toolCall(int call, String nativeId, String name, JsonNode arguments) {
            held.add(() -> next.toolCall(call, nativeId, name, arguments));
        }

        void release() {
            held.forEach(Runnable::run);
            held.clear();
        }
    }
}
