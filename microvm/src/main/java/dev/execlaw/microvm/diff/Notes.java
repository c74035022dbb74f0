package dev.execlaw.microvm.diff;

import java.util.ArrayList;
import java.util.List;

/** What the reader of a report must know, bounded. Belongs to one thread. */
final class Notes {

    private static final int MOST = 20;

    private final List<String> notes = new ArrayList<>();
    private int more;
    private boolean truncated;

    void add(String note) {
        if (notes.size() < MOST - 1) {
            notes.add(note);
        } else {
            more++;
        }
    }

    void truncated(String note) {
        truncated = true;
        // These come first: they say what is missing.
        notes.addFirst(note);
    }

    boolean truncated() {
        return truncated;
    }

    List<String> all() {
        List<String> all = new ArrayList<>(notes.subList(0, Math.min(notes.size(), MOST - 1)));
        int left = more + notes.size() - all.size();
        if (left > 0) {
            all.add("and " + left + " more notes");
        }
        return all;
    }
}
