package dev.execlaw.microvm.diff;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Goes through both trees side by side and collects what differs. Each directory is visited once, whatever loops a
 * guest may have made; what is damaged is noted and left out. Belongs to one thread.
 */
final class TreeWalk {

    private static final long ROOT = 2;
    /** PATH_MAX of Linux: the longest path that a guest itself can name at once. */
    private static final int LONGEST_PATH = 4096;

    private final FileSystem older;
    private final FileSystem newer;
    private final Comparison comparison;
    private final Directory directory;
    private final Notes notes;
    private final int most;
    private final BitSet seenInOlder = new BitSet();
    private final BitSet seenInNewer = new BitSet();
    private final Deque<Level> open = new ArrayDeque<>();
    private final List<Found> found = new ArrayList<>();

    TreeWalk(FileSystem older, FileSystem newer, Comparison comparison, Notes notes, int most) {
        this.older = older;
        this.newer = newer;
        this.comparison = comparison;
        this.directory = new Directory(notes);
        this.notes = notes;
        this.most = most;
    }

    /** Directories of one path; null where there is none. */
    private record Level(
            String path, @Nullable Inode before, @Nullable Inode after) {}

    /** Walks until the end; what is found by then is in {@link #found} when the time passes before. */
    void walk() throws IOException {
        Inode before = older.inode(ROOT);
        Inode after = newer.inode(ROOT);
        comparison.changed("/", new Side(older, before), new Side(newer, after)).ifPresent(found::add);
        open.push(new Level("", before, after));
        while (!open.isEmpty() && found.size() <= most) {
            older.deadline().check();
            level(open.pop());
        }
        if (found.size() > most) {
            found.removeLast();
            notes.truncated("more than " + most + " files changed; the others are not listed");
        }
    }

    List<Found> found() {
        return found;
    }

    private void level(Level level) throws IOException {
        NavigableMap<String, Long> before = list(older, level.before, seenInOlder, level.path);
        NavigableMap<String, Long> after =
                sameDirectory(level) ? once(before, level.after) : list(newer, level.after, seenInNewer, level.path);
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            if (found.size() > most) {
                return;
            }
            older.deadline().check();
            String path = level.path + "/" + name;
            try {
                entry(path, before.get(name), after.get(name));
            } catch (DiffException e) {
                notes.add(GuestName.text(path) + " was not compared: " + e.getMessage());
            }
        }
    }

    private boolean sameDirectory(Level level) throws IOException {
        try {
            return level.before != null
                    && level.after != null
                    && level.before.number() == level.after.number()
                    && level.before.bytes().equals(level.after.bytes())
                    && comparison.sameBlocks(level.before);
        } catch (DiffException _) {
            // Reading it will say the same, with its path.
            return false;
        }
    }

    private NavigableMap<String, Long> once(NavigableMap<String, Long> entries, @Nullable Inode inode) {
        boolean first = inode != null && !seenInNewer.get((int) inode.number());
        if (inode != null) {
            seenInNewer.set((int) inode.number());
        }
        return first ? entries : new TreeMap<>();
    }

    private NavigableMap<String, Long> list(FileSystem system, @Nullable Inode inode, BitSet seen, String path)
            throws IOException {
        if (inode == null) {
            return new TreeMap<>();
        }
        int number = (int) inode.number();
        if (seen.get(number)) {
            notes.add("directory " + GuestName.text(path) + " is inode " + number + ", which is elsewhere too");
            return new TreeMap<>();
        }
        seen.set(number);
        try {
            return directory.list(system, inode, path);
        } catch (DiffException e) {
            notes.add("directory " + GuestName.text(path) + " was not read: " + e.getMessage());
            return new TreeMap<>();
        }
    }

    private void entry(String path, @Nullable Long before, @Nullable Long after) throws IOException {
        if (before != null && before.equals(after) && comparison.sameInode(before)) {
            Inode inode = older.inode(before);
            boolean directory = inode.kind() == FileState.Kind.DIRECTORY;
            if (comparison.sameAttributes(inode) && (directory || comparison.sameBlocks(inode))) {
                push(path, directory ? inode : null, directory ? newer.inode(before) : null);
                return;
            }
        }
        Side was = before == null ? null : new Side(older, older.inode(before));
        Side is = after == null ? null : new Side(newer, newer.inode(after));
        push(path, directory(was), directory(is));
        if (was != null && is != null) {
            comparison.changed(path, was, is).ifPresent(found::add);
        } else if (was != null) {
            found.add(comparison.removed(path, was));
        } else if (is != null) {
            found.add(comparison.added(path, is));
        }
    }

    private static @Nullable Inode directory(@Nullable Side side) throws DiffException {
        return side != null && side.inode().kind() == FileState.Kind.DIRECTORY ? side.inode() : null;
    }

    private void push(String path, @Nullable Inode before, @Nullable Inode after) {
        if (before == null && after == null) {
            return;
        }
        if (path.length() > LONGEST_PATH) {
            notes.truncated("directories deeper than " + LONGEST_PATH + " bytes of path were not compared");
            return;
        }
        open.push(new Level(path, before, after));
    }
}
