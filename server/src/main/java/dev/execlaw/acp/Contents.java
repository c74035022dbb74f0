package dev.execlaw.acp;

import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What blocks of content and fields of tool calls are as text and arguments. */
final class Contents {

    private Contents() {}

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

    /** What a tool gave back. */
    static String output(JsonNode call) {
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
    static String text(JsonNode content) {
        String type = content.path("type").asString("");
        return switch (type) {
            case "text" -> content.path("text").asString("");
            case "resource_link" -> content.path("uri").asString("");
            case "resource" -> content.path("resource").path("text").asString("[resource]");
            default -> "[" + type.toLowerCase(Locale.ROOT) + "]";
        };
    }

    /** Roughly how many characters it takes. */
    static long size(JsonNode node) {
        if (node.isString()) {
            return node.asString().length() + 8L;
        }
        long size = 8;
        for (var field : node.properties()) {
            size += field.getKey().length() + size(field.getValue());
        }
        if (node.isArray()) {
            for (JsonNode element : node) {
                size += size(element);
            }
        }
        return size;
    }
}
