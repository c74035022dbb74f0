package dev.execlaw.gateway;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Texts as titles and tasks. */
final class Words {

    private static final int TITLE = 160;
    /** Shorter tasks are found in arguments by chance. */
    private static final int SHORTEST_TASK = 12;

    private Words() {}

    /** The first line that is not blank, shortened. */
    static String title(String text) {
        String line = text.lines()
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse("");
        if (line.length() <= TITLE) {
            return line;
        }
        int end = Character.isHighSurrogate(line.charAt(TITLE - 2)) ? TITLE - 2 : TITLE - 1;
        return line.substring(0, end) + "…";
    }

    /** Whether the text that an agent is given holds one of the texts that a tool was called with. */
    static boolean within(String task, String arguments) {
        try {
            JsonNode parsed = Json.MAPPER.readTree(arguments);
            return parsed.valueStream()
                    .filter(JsonNode::isString)
                    .map(value -> value.stringValue().strip())
                    .anyMatch(value -> value.length() >= SHORTEST_TASK && task.contains(value));
        } catch (JacksonException e) {
            return false; // arguments that are no JSON started nothing
        }
    }
}
