package dev.execlaw.gateway;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request for chat completions as Anthropic's Messages API has it.
 *
 * @see <a href="https://platform.claude.com/docs/en/api/messages/create">create a message</a>
 */
final class AnthropicRequest {

    /** Tokens of thinking for each effort, where a model wants a number. */
    private static final Map<String, Integer> BUDGETS =
            Map.of("minimal", 1_024, "low", 2_048, "medium", 8_192, "high", 16_384, "xhigh", 24_576, "max", 32_000);

    private static final int LEAST_BUDGET = 1_024;
    /** What must be left of an answer's tokens beside thinking. */
    private static final int LEAST_ANSWER = 1_024;

    private final ObjectNode from;
    private final AnthropicModel model;
    private final AnthropicTurns turns;
    private final ObjectNode out = Json.MAPPER.createObjectNode();

    private AnthropicRequest(ObjectNode from, String origin, ThinkingMemory memory) {
        this.from = from;
        this.model = AnthropicModel.named(from.path("model").asString(""));
        this.turns = new AnthropicTurns(origin, memory);
    }

    /**
     * The body.
     *
     * @param origin model and account that will read it
     */
    static ObjectNode of(ObjectNode from, String origin, ThinkingMemory memory) {
        return new AnthropicRequest(from, origin, memory).translated();
    }

    private ObjectNode translated() {
        turns.read(from.path("messages"));
        out.put("model", from.path("model").asString(""));
        out.put("max_tokens", maxTokens());
        out.put("stream", true);
        if (from.path("user").isString()) {
            out.putObject("metadata").put("user_id", from.get("user").stringValue());
        }
        if (!turns.system().isEmpty()) {
            out.set("system", cached(turns.system()));
        }
        ArrayNode messages = turns.messages();
        cached((ArrayNode) messages.get(messages.size() - 1).get("content"));
        out.set("messages", messages);
        boolean thinks = thinking();
        tools(thinks);
        sampling(thinks);
        stop();
        return out;
    }

    private int maxTokens() {
        JsonNode given = from.path("max_completion_tokens").isNumber()
                ? from.get("max_completion_tokens")
                : from.path("max_tokens");
        return given.isNumber() ? Math.max(1, given.asInt(model.maxTokens())) : model.maxTokens();
    }

    /** Marks the end of a part that the next request will begin with too. */
    private static ArrayNode cached(ArrayNode blocks) {
        if (blocks.get(blocks.size() - 1) instanceof ObjectNode last) {
            last.putObject("cache_control").put("type", "ephemeral");
        }
        return blocks;
    }

    /** Says how to think; returns whether the model will. */
    private boolean thinking() {
        String effort = effort();
        return switch (model.thinking()) {
            case NONE -> false;
            case BUDGET -> budget(effort);
            case ADAPTIVE -> !effort.isEmpty() && !effort.equals("none") && adaptive(effort);
            case ALWAYS_ADAPTIVE -> adaptive(effort);
        };
    }

    private String effort() {
        JsonNode effort = from.path("reasoning_effort");
        return (effort.isString() ? effort : from.path("reasoning").path("effort")).asString("");
    }

    private boolean adaptive(String effort) {
        ObjectNode thinking = out.putObject("thinking").put("type", "adaptive");
        if (!model.sampling()) {
            // Since 4.7 what a model thinks stays hidden unless it is asked for.
            thinking.put("display", "summarized");
        }
        if (!effort.isEmpty()) {
            boolean least = effort.equals("none") || effort.equals("minimal");
            out.putObject("output_config").put("effort", least ? "low" : effort);
        }
        return true;
    }

    private boolean budget(String effort) {
        int wanted = BUDGETS.getOrDefault(effort, 0);
        int budget = Math.min(wanted, out.get("max_tokens").intValue() - LEAST_ANSWER);
        // Without the thinking that its last tool calls came from, such a model refuses to think on.
        if (budget < LEAST_BUDGET || turns.thinkingLost()) {
            return false;
        }
        out.putObject("thinking").put("type", "enabled").put("budget_tokens", budget);
        return true;
    }

    private void tools(boolean thinks) {
        ArrayNode tools = Json.MAPPER.createArrayNode();
        for (JsonNode tool : from.path("tools")) {
            JsonNode function = tool.path("function");
            ObjectNode made =
                    tools.addObject().put("name", function.path("name").asString(""));
            if (function.path("description").isString()) {
                made.put("description", function.get("description").stringValue());
            }
            made.set("input_schema", schema(function.path("parameters")));
        }
        if (tools.isEmpty()) {
            return;
        }
        out.set("tools", cached(tools));
        ObjectNode choice = choice(from.path("tool_choice"), thinks);
        if (!from.path("parallel_tool_calls").asBoolean(true)
                && !choice.path("type").asString("").equals("none")) {
            choice.put("disable_parallel_tool_use", true);
        }
        out.set("tool_choice", choice);
    }

    private static ObjectNode schema(JsonNode parameters) {
        ObjectNode schema =
                parameters instanceof ObjectNode object ? object.deepCopy() : Json.MAPPER.createObjectNode();
        if (!schema.path("type").asString("").equals("object")) {
            schema.put("type", "object");
        }
        return schema;
    }

    /** A model that thinks refuses to be forced to a tool. */
    private static ObjectNode choice(JsonNode wanted, boolean thinks) {
        ObjectNode choice = Json.MAPPER.createObjectNode();
        String named = wanted.path("function").path("name").asString("");
        if (wanted.asString("").equals("none")) {
            return choice.put("type", "none");
        }
        if (!thinks && !named.isEmpty()) {
            return choice.put("type", "tool").put("name", named);
        }
        return choice.put("type", !thinks && wanted.asString("").equals("required") ? "any" : "auto");
    }

    private void sampling(boolean thinks) {
        if (!model.sampling() || thinks) {
            return;
        }
        if (from.path("temperature").isNumber()) {
            out.put("temperature", Math.clamp(from.get("temperature").doubleValue(), 0.0, 1.0));
        } else if (from.path("top_p").isNumber()) {
            out.put("top_p", from.get("top_p").doubleValue());
        }
    }

    private void stop() {
        ArrayNode sequences = Json.MAPPER.createArrayNode();
        JsonNode stop = from.path("stop");
        if (stop.isString() && !stop.stringValue().isBlank()) {
            sequences.add(stop.stringValue());
        }
        for (JsonNode each : stop) {
            if (!each.asString("").isBlank()) {
                sequences.add(each.stringValue());
            }
        }
        if (!sequences.isEmpty()) {
            out.set("stop_sequences", sequences);
        }
    }
}
