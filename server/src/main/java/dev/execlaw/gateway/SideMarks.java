package dev.execlaw.gateway;

import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Words by which requests beside the user's turn can be told. Those of nullclaw are in its src/agent/compaction.zig,
 * src/subagent.zig and src/agent/root.zig; other agents use like ones.
 */
final class SideMarks {

    /** Begins a user message by which the agent urges its model on. */
    static final String NOTE = "SYSTEM:";

    private static final Pattern SUMMARY = Pattern.compile(
            "\\A\\W*(?:please\\s+)?(?:analy[sz]e and\\s+)?(?:summari[sz]e|compact|compress|condense|sum up)\\b",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern SUMMARIZER = Pattern.compile(
            "\\A\\W*you are (?:an? )?[^.\\n]{0,60}\\b(?:compaction|compactor|summari[sz]er|summari[sz]ation|summari[sz]ing)\\b",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern SUBAGENT =
            Pattern.compile("\\A.{0,400}\\bsub-?agent\\b", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern STARTUP =
            Pattern.compile("\\A\\W*(?:a )?new session (?:was|has been) started\\b", Pattern.CASE_INSENSITIVE);
    /** A probe asks for hardly any answer. */
    private static final int PROBE_TOKENS = 16;

    private SideMarks() {}

    /** Whether the history, or a part of it, shall be summed up. */
    static boolean asksForSummary(JsonNode messages) {
        JsonNode last = messages.get(messages.size() - 1);
        return SUMMARIZER.matcher(system(messages)).find()
                || (ToolResults.role(last).equals("user")
                        && SUMMARY.matcher(Json.text(last.path("content"))).find());
    }

    /** What a request is about that is not the user's and goes on from none. */
    static SideKind kind(JsonNode body, String question) {
        JsonNode messages = body.path("messages");
        if (asksForSummary(messages)) {
            return SideKind.COMPACTION;
        }
        if (STARTUP.matcher(question).find()) {
            return SideKind.STARTUP;
        }
        if (SUBAGENT.matcher(system(messages)).find()) {
            return SideKind.SUBAGENT;
        }
        return probes(body, messages) ? SideKind.PROBE : SideKind.OTHER;
    }

    private static boolean probes(JsonNode body, JsonNode messages) {
        int tokens = body.path("max_tokens").asInt(Integer.MAX_VALUE);
        boolean image = messages.get(messages.size() - 1)
                .path("content")
                .valueStream()
                .anyMatch(part -> part.path("type").asString("").equals("image_url"));
        return messages.size() <= 2 && (image || tokens <= PROBE_TOKENS);
    }

    private static String system(JsonNode messages) {
        JsonNode first = messages.get(0);
        return ToolResults.role(first).equals("system") ? Json.text(first.path("content")) : "";
    }
}
