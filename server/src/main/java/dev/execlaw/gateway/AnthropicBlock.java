package dev.execlaw.gateway;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/** A content block of an answer as far as it came. Used by one thread at a time. */
final class AnthropicBlock {
    private final ObjectNode form;
    private final int call;
    private final StringBuilder json = new StringBuilder();
    private final Map<String, StringBuilder> texts = new TreeMap<>();

    /**
     * @param form as it began
     * @param call how many tool calls came before it
     */
    AnthropicBlock(ObjectNode form, int call) {
        this.form = form;
        this.call = call;
    }

    String type() {
        return form.path("type").asString("");
    }

    /** Id of a tool call; empty for other blocks. */
    String id() {
        return form.path("id").asString("");
    }

    /** Number of this tool call among those of the answer, from 0. */
    int call() {
        return call;
    }

    /** More of a tool call's arguments. */
    void arguments(String piece) {
        json.append(piece);
    }

    boolean hasArguments() {
        return !json.isEmpty();
    }

    /** More of a text. */
    void append(String field, String piece) {
        texts.computeIfAbsent(field, name -> new StringBuilder(form.path(name).asString("")))
                .append(piece);
    }

    /** The block as it goes back to the model. */
    ObjectNode sentBack() {
        texts.forEach((field, value) -> form.put(field, value.toString()));
        if (type().equals("tool_use")) {
            form.set("input", input());
        }
        form.remove("citations");
        return form;
    }

    private ObjectNode input() {
        try {
            return Json.MAPPER.readTree(json.toString()) instanceof ObjectNode object
                    ? object
                    : Json.MAPPER.createObjectNode();
        } catch (JacksonException e) {
            // Cut off by the limit of tokens: the agent gets the same and says so to the model.
            return Json.MAPPER.createObjectNode().put("unreadable", json.toString());
        }
    }
}
