package dev.execlaw.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads what tools gave back from the messages after the model's last answer. Agents use one of two forms: a message of
 * role {@code tool} for each call, or one user message {@code [Tool results]} with a {@code <tool_result name= status=>}
 * block for each, in the order of the calls (nullclaw: src/agent/dispatcher.zig).
 */
final class ToolResults {

    /** Begins the user message that carries results. */
    static final String MARK = "[Tool results]";

    private static final String CLOSE = "</tool_result>";
    private static final Pattern OPEN = Pattern.compile("<tool_result name=\"([^\"]*)\" status=\"([^\"]*)\">");
    /** What may follow the end of a block; elsewhere its closing tag belongs to the output. */
    private static final Pattern FOLLOWS = Pattern.compile("\\s*(?:<tool_result name=\"|Reflect on the tool|\\z)");

    /** The reference agent's last line of a shell result. */
    private static final Pattern EXIT_CODE = Pattern.compile("(?:\\A|\\n)\\[exit code: (-?\\d{1,9})]\\s*\\z");

    private static final Pattern CUT_SHORT =
            Pattern.compile("(?:\\A|\\n)\\[(?:interrupted|timed out after \\d+ s)]\\s*\\z");

    private ToolResults() {}

    /**
     * One result.
     *
     * @param callId id of the call where the form has one, else empty
     * @param name tool where the form tells it, else empty
     * @param status {@code ok} or {@code error} where the form tells it, else empty
     */
    record Result(String callId, String name, String status, String content) {

        /** The same as one event says it, for a call of the tool {@code tool}. */
        Outcome outcome(String tool) {
            Matcher exit = EXIT_CODE.matcher(tail());
            if (tool.equals("shell") && exit.find()) {
                int cut = content.length() - (exit.end() - exit.start());
                int code = Integer.parseInt(exit.group(1));
                return new Outcome(content.substring(0, cut), code == 0 ? "ok" : "error", code);
            }
            boolean failed =
                    content.startsWith("Error: ") || CUT_SHORT.matcher(tail()).find();
            return new Outcome(content, !status.isEmpty() ? status : failed ? "error" : "ok", null);
        }

        private String tail() {
            return content.substring(Math.max(0, content.length() - 64));
        }
    }

    /** Output, status and exit code as a {@code tool_result} event has them. */
    record Outcome(String output, String status, @Nullable Integer exitCode) {}

    /** Results in the messages after the last one of the assistant. */
    static List<Result> latest(JsonNode messages) {
        int from = messages.size();
        while (from > 0 && !role(messages.get(from - 1)).equals("assistant")) {
            from--;
        }
        List<Result> results = new ArrayList<>();
        for (int i = from; i < messages.size(); i++) {
            JsonNode message = messages.get(i);
            String content = Json.text(message.path("content"));
            if (role(message).equals("tool")) {
                results.add(new Result(message.path("tool_call_id").asString(""), "", "", content));
            } else if (isResults(message)) {
                blocks(content, results);
            }
        }
        return results;
    }

    /** Whether a message carries results and is no word of the user. */
    static boolean isResults(JsonNode message) {
        return role(message).equals("user")
                && Json.text(message.path("content")).startsWith(MARK);
    }

    /** The model's last answer in a request; a missing node when there is none. */
    static JsonNode lastAnswer(JsonNode messages) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (role(messages.get(i)).equals("assistant")) {
                return messages.get(i);
            }
        }
        return messages.path(-1);
    }

    static String role(JsonNode message) {
        return message.path("role").asString("");
    }

    private static void blocks(String content, List<Result> results) {
        Matcher open = OPEN.matcher(content);
        int at = 0;
        while (open.find(at)) {
            Optional<Integer> end = end(content, open.end());
            if (end.isEmpty()) {
                return;
            }
            String body = content.substring(open.end(), end.get());
            results.add(new Result("", open.group(1), open.group(2), trimLine(body)));
            at = end.get() + CLOSE.length();
        }
    }

    private static Optional<Integer> end(String content, int from) {
        Matcher follows = FOLLOWS.matcher(content);
        int last = -1;
        for (int at = content.indexOf(CLOSE, from); at >= 0; at = content.indexOf(CLOSE, at + 1)) {
            last = at;
            if (follows.region(at + CLOSE.length(), content.length()).lookingAt()) {
                break;
            }
        }
        return last < 0 ? Optional.empty() : Optional.of(last);
    }

    private static String trimLine(String body) {
        int start = body.startsWith("\n") ? 1 : 0;
        int end = body.endsWith("\n") && body.length() > start ? body.length() - 1 : body.length();
        return body.substring(start, end);
    }
}
