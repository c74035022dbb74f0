package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One answer of the Messages API: each of its events becomes the chunks of a chat completion that say the same, and its
 * whole content is told to who must remember it. Used by one thread at a time.
 *
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/streaming">streaming events</a>
 */
final class AnthropicAnswer {

    private static final Map<String, String> REASONS = Map.of(
            "end_turn", "stop",
            "stop_sequence", "stop",
            "pause_turn", "stop",
            "max_tokens", "length",
            "model_context_window_exceeded", "length",
            "tool_use", "tool_calls",
            "refusal", "content_filter");

    /** An agent that gets an empty answer asks again and again. */
    private static final String REFUSED = "The model declined to answer this.";

    private final Consumer<Said> memory;
    private final Map<Integer, AnthropicBlock> blocks = new TreeMap<>();
    private final ObjectNode usage = Json.MAPPER.createObjectNode();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private String model;
    private String id = "";
    private int calls;
    private boolean text;
    private @Nullable String reason;
    private boolean over;

    /**
     * What a model said around its tool calls.
     *
     * @param calls their ids, in order
     * @param blocks the whole content, fit to be sent back
     */
    record Said(List<String> calls, ArrayNode blocks) {}

    /**
     * @param model name to use until the answer tells its own
     * @param memory told once, when the answer is whole and calls tools after thinking
     */
    AnthropicAnswer(String model, Consumer<Said> memory) {
        this.model = model;
        this.memory = memory;
    }

    /** Chunks for one event, as a piece of an event stream; may be empty. Unknown kinds say nothing: more may be added. */
    byte[] event(JsonNode event) {
        if (!over) {
            switch (event.path("type").asString("")) {
                case "message_start" -> begin(event.path("message"));
                case "content_block_start" -> open(event.path("index").asInt(0), event.path("content_block"));
                case "content_block_delta" -> delta(event.path("index").asInt(0), event.path("delta"));
                case "content_block_stop" -> close(event.path("index").asInt(0));
                case "message_delta" -> {
                    count(event.path("usage"));
                    reason = event.path("delta").path("stop_reason").asString(reason);
                }
                case "message_stop" -> finish();
                case "error" -> error(event.path("error"));
                default -> {}
            }
        }
        return taken();
    }

    /** The same for an answer in one body. */
    byte[] whole(JsonNode message) {
        if (message.path("type").asString("").equals("error")) {
            error(message.path("error"));
            return taken();
        }
        begin(message);
        int index = 0;
        for (JsonNode block : message.path("content")) {
            open(index, block);
            close(index++);
        }
        reason = message.path("stop_reason").asString(null);
        finish();
        return taken();
    }

    /** The stream is over: what is left when it had a reason to stop but no proper end. */
    byte[] end() {
        if (!over && reason != null) {
            finish();
        }
        return taken();
    }

    private byte[] taken() {
        byte[] bytes = out.toByteArray();
        out.reset();
        return bytes;
    }

    private void begin(JsonNode message) {
        id = message.path("id").asString("");
        model = message.path("model").asString(model);
        count(message.path("usage"));
    }

    /** Counts are totals so far, told once or again. */
    private void count(JsonNode counts) {
        for (Map.Entry<String, JsonNode> count : counts.properties()) {
            if (count.getValue().isNumber() || count.getValue().isObject()) {
                usage.set(count.getKey(), count.getValue());
            }
        }
    }

    private void open(int index, JsonNode start) {
        if (!(start instanceof ObjectNode object)) {
            return;
        }
        AnthropicBlock block = new AnthropicBlock(object.deepCopy(), calls);
        blocks.put(index, block);
        switch (block.type()) {
            case "text" -> say("content", object.path("text").asString(""));
            case "thinking" -> say("reasoning_content", object.path("thinking").asString(""));
            case "tool_use" -> {
                calls++;
                ObjectNode input =
                        object.path("input") instanceof ObjectNode given ? given : Json.MAPPER.createObjectNode();
                call(block, object, input.isEmpty() ? "" : input.toString());
                if (!input.isEmpty()) {
                    block.arguments(input.toString());
                }
            }
            default -> {}
        }
    }

    private void delta(int index, JsonNode delta) {
        AnthropicBlock block = blocks.get(index);
        if (block == null) {
            return;
        }
        switch (delta.path("type").asString("")) {
            case "text_delta" -> {
                block.append("text", delta.path("text").asString(""));
                say("content", delta.path("text").asString(""));
            }
            case "thinking_delta" -> {
                block.append("thinking", delta.path("thinking").asString(""));
                say("reasoning_content", delta.path("thinking").asString(""));
            }
            case "signature_delta" ->
                block.append("signature", delta.path("signature").asString(""));
            case "input_json_delta" -> {
                String piece = delta.path("partial_json").asString("");
                block.arguments(piece);
                if (!piece.isEmpty()) {
                    call(block, null, piece);
                }
            }
            default -> {}
        }
    }

    private void close(int index) {
        AnthropicBlock block = blocks.get(index);
        if (block != null && block.type().equals("tool_use") && !block.hasArguments()) {
            block.arguments("{}");
            call(block, null, "{}");
        }
    }

    private void say(String field, String piece) {
        if (!piece.isEmpty()) {
            text |= field.equals("content");
            chunk(Json.MAPPER.createObjectNode().put(field, piece), null);
        }
    }

    /** @param first the block when its call begins, null later */
    private void call(AnthropicBlock block, @Nullable ObjectNode first, String arguments) {
        ObjectNode delta = Json.MAPPER.createObjectNode();
        ObjectNode call = delta.putArray("tool_calls").addObject().put("index", block.call());
        if (first != null) {
            call.put("id", first.path("id").asString("")).put("type", "function");
        }
        ObjectNode function = call.putObject("function");
        if (first != null) {
            function.put("name", first.path("name").asString(""));
        }
        function.put("arguments", arguments);
        chunk(delta, null);
    }

    private void finish() {
        over = true;
        remember();
        String why = reason == null ? "stop" : REASONS.getOrDefault(reason, "stop");
        if (why.equals("content_filter") && !text && calls == 0) {
            say("content", REFUSED);
        }
        chunk(Json.MAPPER.createObjectNode(), why);
        ObjectNode last = head();
        last.putArray("choices");
        last.set("usage", openAiUsage());
        write(last.toString());
        write("[DONE]");
    }

    /** OpenAI counts what came from a cache or went into one as part of the prompt; Anthropic counts it apart. */
    private ObjectNode openAiUsage() {
        long read = usage.path("cache_read_input_tokens").asLong(0);
        long written = usage.path("cache_creation_input_tokens").asLong(0);
        long prompt = usage.path("input_tokens").asLong(0) + read + written;
        long completion = usage.path("output_tokens").asLong(0);
        ObjectNode counts = Json.MAPPER.createObjectNode();
        counts.put("prompt_tokens", prompt)
                .put("completion_tokens", completion)
                .put("total_tokens", prompt + completion);
        counts.putObject("prompt_tokens_details").put("cached_tokens", read).put("cache_write_tokens", written);
        JsonNode thought = usage.path("output_tokens_details").path("thinking_tokens");
        if (thought.isNumber()) {
            counts.putObject("completion_tokens_details").put("reasoning_tokens", thought.asLong(0));
        }
        return counts;
    }

    private void error(JsonNode error) {
        over = true;
        ObjectNode chunk = Json.MAPPER.createObjectNode();
        chunk.set(
                "error",
                error.isObject() ? error : Json.MAPPER.createObjectNode().put("message", "an error without words"));
        write(chunk.toString());
    }

    private void remember() {
        ArrayNode content = Json.MAPPER.createArrayNode();
        List<String> ids = new ArrayList<>();
        boolean thought = false;
        for (AnthropicBlock block : blocks.values()) {
            thought |= block.type().endsWith("thinking");
            if (block.type().equals("tool_use")) {
                ids.add(block.id());
            }
            ObjectNode said = block.sentBack();
            if (!block.type().equals("text") || !said.path("text").asString("").isBlank()) {
                content.add(said);
            }
        }
        if (thought && !ids.isEmpty()) {
            memory.accept(new Said(ids, content));
        }
    }

    private ObjectNode head() {
        return Json.MAPPER
                .createObjectNode()
                .put("id", "chatcmpl-" + id)
                .put("object", "chat.completion.chunk")
                .put("created", 0)
                .put("model", model);
    }

    private void chunk(ObjectNode delta, @Nullable String finish) {
        ObjectNode chunk = head();
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.set("delta", delta);
        choice.put("finish_reason", finish);
        write(chunk.toString());
    }

    private void write(String data) {
        out.writeBytes(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
    }
}
