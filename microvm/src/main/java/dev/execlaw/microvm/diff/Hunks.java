package dev.execlaw.microvm.diff;

import com.github.difflib.algorithm.Change;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hunks of a unified patch between two texts, with three lines around each change. Texts that are too different to be
 * compared line by line in bounded time are shown as one change of all that is between their common ends.
 */
final class Hunks {

    private static final int AROUND = 3;
    /** What one comparison may cost: lines that remain between the common ends, and pairs of lines looked at. */
    private static final int MOST_LINES = 20_000;

    private static final int MOST_PAIRS = 20_000_000;

    private final List<String> before;
    private final List<String> after;
    private final BitSet removed = new BitSet();
    private final BitSet added = new BitSet();

    private Hunks(List<String> before, List<String> after) {
        this.before = before;
        this.after = after;
    }

    static String between(String before, String after) {
        Hunks hunks = new Hunks(lines(before), lines(after));
        hunks.compare();
        return hunks.format();
    }

    /** Lines with their ends; only a line feed ends one. */
    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = text.indexOf('\n', from);
            int next = end < 0 ? text.length() : end + 1;
            lines.add(text.substring(from, next));
            from = next;
        }
        return lines;
    }

    private void compare() {
        int start = 0;
        int beforeEnd = before.size();
        int afterEnd = after.size();
        while (start < beforeEnd && start < afterEnd && before.get(start).equals(after.get(start))) {
            start++;
        }
        while (beforeEnd > start
                && afterEnd > start
                && before.get(beforeEnd - 1).equals(after.get(afterEnd - 1))) {
            beforeEnd--;
            afterEnd--;
        }
        List<Change> changes = changes(before.subList(start, beforeEnd), after.subList(start, afterEnd));
        if (changes == null) {
            removed.set(start, beforeEnd);
            added.set(start, afterEnd);
            return;
        }
        for (Change change : changes) {
            removed.set(start + change.startOriginal, start + change.endOriginal);
            added.set(start + change.startRevised, start + change.endRevised);
        }
    }

    private static @Nullable List<Change> changes(List<String> before, List<String> after) {
        if (before.isEmpty() || after.isEmpty() || before.size() + after.size() > MOST_LINES) {
            return null;
        }
        int[] pairs = {0};
        try {
            return new MyersDiffWithLinearSpace<String>((a, b) -> {
                        if (++pairs[0] > MOST_PAIRS) {
                            throw new TooDifferent();
                        }
                        return a.equals(b);
                    })
                    .computeDiff(before, after, null);
        } catch (TooDifferent _) {
            // The answer is: all of it changed.
            return null;
        }
    }

    private String format() {
        StringBuilder text = new StringBuilder();
        int i = 0;
        int j = 0;
        while (i < before.size() || j < after.size()) {
            if (!removed.get(i) && !added.get(j)) {
                i++;
                j++;
            } else {
                int lead = Math.min(AROUND, i);
                int[] ends = hunk(text, i - lead, j - lead);
                i = ends[0];
                j = ends[1];
            }
        }
        return text.toString();
    }

    /** Writes one hunk from these lines on, and says where it ended. */
    private int[] hunk(StringBuilder text, int fromBefore, int fromAfter) {
        StringBuilder body = new StringBuilder();
        int i = fromBefore;
        int j = fromAfter;
        int same = 0;
        while (i < before.size() || j < after.size()) {
            if (removed.get(i)) {
                line(body, '-', before.get(i++));
                same = 0;
            } else if (added.get(j)) {
                line(body, '+', after.get(j++));
                same = 0;
            } else {
                if (same >= AROUND && !changesWithin(i, j)) {
                    break;
                }
                line(body, ' ', before.get(i++));
                j++;
                // Lines before the first change do not count: there are never more than AROUND of them.
                same++;
            }
        }
        text.append("@@ -").append(range(fromBefore, i - fromBefore)).append(" +");
        text.append(range(fromAfter, j - fromAfter)).append(" @@\n").append(body);
        return new int[] {i, j};
    }

    private boolean changesWithin(int i, int j) {
        int nextRemoved = removed.nextSetBit(i);
        int nextAdded = added.nextSetBit(j);
        return (nextRemoved >= 0 && nextRemoved < i + AROUND) || (nextAdded >= 0 && nextAdded < j + AROUND);
    }

    /** Lines count from 1; an empty range names the line before it. */
    private static String range(int from, int count) {
        return (count == 0 ? from : from + 1) + (count == 1 ? "" : "," + count);
    }

    private static void line(StringBuilder text, char sign, String line) {
        text.append(sign).append(line);
        if (!line.endsWith("\n")) {
            text.append("\n\\ No newline at end of file\n");
        }
    }

    /** Ends a comparison that would take too long. */
    private static final class TooDifferent extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooDifferent() {
            super(null, null, false, false);
        }
    }
}
