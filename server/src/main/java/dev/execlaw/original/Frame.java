package dev.execlaw.original;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One event of a session's stream.
 *
 * @param place where a viewer that had it can go on; null for one that only shows how things stand
 * @param event its name, e.g. {@code tool_call}
 * @param data a record with the fields that viewers expect
 */
public record Frame(@Nullable Place place, String event, Object data) {

    /**
     * A place in a session's stream: one event of the log can become several frames.
     *
     * @param seq of the log's event
     * @param index which of its frames, from 0
     */
    public record Place(long seq, int index) implements Comparable<Place> {

        private static final Pattern FORM = Pattern.compile("(\\d{1,18})\\.(\\d{1,9})");

        /** Before all frames. */
        static final Place BEGIN = new Place(0, 0);

        /** Reads a {@code Last-Event-ID}; empty for one that is not of this form. */
        public static Optional<Place> parse(String text) {
            Matcher form = FORM.matcher(text);
            return form.matches()
                    ? Optional.of(new Place(Long.parseLong(form.group(1)), Integer.parseInt(form.group(2))))
                    : Optional.empty();
        }

        @Override
        public int compareTo(Place other) {
            return seq == other.seq ? Integer.compare(index, other.index) : Long.compare(seq, other.seq);
        }

        @Override
        public String toString() {
            return seq + "." + index;
        }
    }
}
