package dev.execlaw.session;

import java.util.ArrayList;
import java.util.List;

/** Events of a session's log, by their numbers, both ends included. */
public record Range(long from, long to) {

    public Range {
        if (from < 1 || to < from) {
            throw new IllegalArgumentException("events " + from + " to " + to + " are no range");
        }
    }

    /** Whether an event is in one of the ranges. */
    public static boolean anyHas(List<Range> ranges, long seq) {
        return ranges.stream().anyMatch(range -> range.from <= seq && seq <= range.to);
    }

    /** The ranges and one more, which begins after all of them did. */
    static List<Range> and(List<Range> ranges, long from, long to) {
        List<Range> all = new ArrayList<>(ranges);
        all.add(new Range(from, to));
        return List.copyOf(all);
    }
}
