package dev.execlaw.gateway;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Content of messages, from OpenAI's parts to Anthropic's blocks. Empty text is left out: it is refused. */
final class AnthropicContent {

    private static final Pattern DATA_URL = Pattern.compile("data:([^;,]+)(?:;[^;,]+)*;base64,(.*)", Pattern.DOTALL);

    private AnthropicContent() {}

    /** Adds the blocks of a {@code content} value: a string or an array of parts. */
    static void add(JsonNode content, ArrayNode blocks) {
        if (content.isString()) {
            text(content.stringValue(), blocks);
            return;
        }
        for (JsonNode part : content) {
            String type = part.path("type").asString("");
            switch (type) {
                case "image_url" -> source("image", Json.url(part.path("image_url")), blocks);
                case "file" ->
                    source("document", part.path("file").path("file_data").asString(""), blocks);
                case "text", "" -> text(part.path("text").asString(""), blocks);
                default -> text("[a part of type " + type + ", which this model does not take]", blocks);
            }
        }
    }

    static void text(String text, ArrayNode blocks) {
        if (!text.isBlank()) {
            blocks.addObject().put("type", "text").put("text", text);
        }
    }

    private static void source(String type, String url, ArrayNode blocks) {
        Matcher data = DATA_URL.matcher(url);
        ObjectNode source = Json.MAPPER.createObjectNode();
        if (data.matches()) {
            source.put("type", "base64").put("media_type", data.group(1)).put("data", data.group(2));
        } else if (url.startsWith("http://") || url.startsWith("https://")) {
            source.put("type", "url").put("url", url);
        } else {
            text("[" + type + " that could not be read]", blocks);
            return;
        }
        blocks.addObject().put("type", type).set("source", source);
    }

    /** A tool call as a block. */
    static ObjectNode toolUse(String id, JsonNode function) {
        ObjectNode block = Json.MAPPER.createObjectNode();
        block.put("type", "tool_use")
                .put("id", id)
                .put("name", function.path("name").asString(""));
        block.set("input", input(function.path("arguments")));
        return block;
    }

    /** Arguments as the object that they must be; text that is none goes back to the model as it was. */
    private static ObjectNode input(JsonNode arguments) {
        JsonNode parsed = arguments;
        String text = arguments.asString("");
        if (arguments.isString() && !text.isBlank()) {
            try {
                parsed = Json.MAPPER.readTree(text);
            } catch (JacksonException e) {
                return Json.MAPPER.createObjectNode().put("unreadable", text);
            }
        }
        return parsed instanceof ObjectNode object ? object.deepCopy() : Json.MAPPER.createObjectNode();
    }

    /** The result of a tool as a block. */
    static ObjectNode toolResult(String id, JsonNode content) {
        ObjectNode block = Json.MAPPER.createObjectNode();
        block.put("type", "tool_result").put("tool_use_id", id);
        ArrayNode parts = Json.MAPPER.createArrayNode();
        add(content, parts);
        if (!parts.isEmpty()) {
            block.set("content", parts);
        }
        return block;
    }

    /** An id that Anthropic takes; other providers' may have characters that it refuses. */
    static String id(String foreign) {
        return foreign.replaceAll("[^a-zA-Z0-9_-]", "_");
    }
}
