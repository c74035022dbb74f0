package dev.execlaw.email;

import dev.execlaw.session.SessionView;
import java.time.Instant;
import java.util.List;

/**
 * A conversation as a letter tells it.
 *
 * @param omitted how many entries at the beginning were left out, so that the letter does not get too long
 */
record Transcript(SessionView session, List<Entry> entries, int omitted) {

    Transcript {
        entries = List.copyOf(entries);
    }

    /** Who or what an entry is of. */
    enum Kind {
        USER,
        ASSISTANT,
        TOOL,
        RESULT,
        NOTE
    }

    /**
     * One part of it.
     *
     * @param title of a tool: its name
     * @param text of an answer: Markdown
     */
    record Entry(Kind kind, Instant time, String title, String text) {

        /** How it is headed. */
        String heading() {
            return switch (kind) {
                case USER -> "User";
                case ASSISTANT -> "Assistant";
                case TOOL -> "Tool: " + title;
                case RESULT -> "Result: " + title;
                case NOTE -> title;
            };
        }
    }
}
