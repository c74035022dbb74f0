package dev.execlaw.gateway;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation in Anthropic's form: user and assistant take turns, the user begins and ends, and every tool call is
 * answered at the beginning of the turn after it. What does not fit is made to: a result without its call becomes text, a
 * call without its result gets an empty one. Used by one thread.
 */
final class AnthropicTurns {

    private final String origin;
    private final ThinkingMemory memory;
    private final ArrayNode system = Json.MAPPER.createArrayNode();
    private final List<ObjectNode> turns = new ArrayList<>();
    private final Set<String> open = new LinkedHashSet<>();
    private boolean thinkingLost;

    /**
     * @param origin model and account that will read it
     */
    AnthropicTurns(String origin, ThinkingMemory memory) {
        this.origin = origin;
        this.memory = memory;
    }

    /** Takes the messages of a request, in order. */
    void read(JsonNode messages) {
        for (JsonNode message : messages) {
            switch (ToolResults.role(message)) {
                case "system", "developer" ->
                    AnthropicContent.add(message.path("content"), turns.isEmpty() ? system : user());
                case "assistant" -> assistant(message);
                case "tool", "function" -> result(message);
                default -> {
                    AnthropicContent.add(message.path("content"), user());
                    thinkingLost = false;
                }
            }
        }
        closeCalls();
        if (turns.isEmpty() || last().path("content").isEmpty() || isAssistant(last())) {
            // A prefilled answer is refused by today's models, and no model takes an empty turn.
            AnthropicContent.text("(continue)", user());
        }
    }

    private void assistant(JsonNode message) {
        closeCalls();
        List<String> calls = new ArrayList<>();
        ArrayNode blocks = Json.MAPPER.createArrayNode();
        AnthropicContent.add(message.path("content"), blocks);
        for (JsonNode call : message.path("tool_calls")) {
            String id = AnthropicContent.id(call.path("id").asString(""));
            if (id.isEmpty() || calls.contains(id)) {
                id = "call_" + turns.size() + "_" + calls.size();
            }
            calls.add(id);
            blocks.add(AnthropicContent.toolUse(id, call.path("function")));
        }
        if (!calls.isEmpty()) {
            Optional<ArrayNode> said = memory.recall(origin, calls);
            thinkingLost = said.isEmpty();
            blocks = said.orElse(blocks);
        }
        if (!blocks.isEmpty()) {
            if (turns.isEmpty()) {
                AnthropicContent.text("(continue)", user());
            }
            content("assistant").addAll(blocks);
            open.addAll(calls);
        }
    }

    private void result(JsonNode message) {
        String id = AnthropicContent.id(message.path("tool_call_id").asString(""));
        String call = open.contains(id) || !id.isEmpty() || open.isEmpty()
                ? id
                : open.iterator().next();
        if (open.remove(call)) {
            content("user").add(AnthropicContent.toolResult(call, message.path("content")));
        } else {
            ArrayNode text = user();
            AnthropicContent.text("[Result of an earlier tool call]", text);
            AnthropicContent.add(message.path("content"), text);
        }
    }

    /** Content of the user's turn, behind whatever results it must begin with. */
    private ArrayNode user() {
        closeCalls();
        return content("user");
    }

    private void closeCalls() {
        for (String call : open) {
            content("user")
                    .add(AnthropicContent.toolResult(
                            call, Json.MAPPER.getNodeFactory().stringNode("(no result)")));
        }
        open.clear();
    }

    /** Content of the last turn when this role has it, else of a new one: neighbours of one role are one turn. */
    private ArrayNode content(String role) {
        if (turns.isEmpty() || !ToolResults.role(last()).equals(role)) {
            ObjectNode turn = Json.MAPPER.createObjectNode().put("role", role);
            turn.putArray("content");
            turns.add(turn);
        }
        return (ArrayNode) last().get("content");
    }

    private ObjectNode last() {
        return turns.getLast();
    }

    private static boolean isAssistant(ObjectNode turn) {
        return ToolResults.role(turn).equals("assistant");
    }

    /** Blocks of the system prompt; may be empty. */
    ArrayNode system() {
        return system;
    }

    /** The turns, as {@code messages} has them. */
    ArrayNode messages() {
        ArrayNode messages = Json.MAPPER.createArrayNode();
        messages.addAll(turns);
        return messages;
    }

    /** Whether the newest tool calls come without the thinking that a model with a budget for it wants to see. */
    boolean thinkingLost() {
        return thinkingLost;
    }
}
