package dev.execlaw.microvm.diff;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One changed file. A file that was renamed is one removed and one added; a file with several names is listed by each.
 *
 * @param path absolute in the guest. Names are bytes there: what is UTF-8 stands as it is, a backslash is doubled, and
 *     every byte that is not UTF-8 or a control character is written {@code \xHH}; so no two paths look the same
 * @param kind what happened to it
 * @param before what it was; null when it was added
 * @param after what it is; null when it was removed
 * @param shown what the patch has of it
 */
public record FileChange(
        String path,
        Kind kind,
        @Nullable FileState before,
        @Nullable FileState after,
        Shown shown) {

    public FileChange {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(shown, "shown");
        if ((before == null) != (kind == Kind.ADDED) || (after == null) != (kind == Kind.REMOVED)) {
            throw new IllegalArgumentException(path + " is " + kind + " from " + before + " to " + after);
        }
    }

    FileChange shown(Shown how) {
        return new FileChange(path, kind, before, after, how);
    }

    /** What happened to a file. */
    public enum Kind {
        ADDED,
        REMOVED,
        /** Other content, target or device number. */
        MODIFIED,
        /** Another kind of file than before. */
        TYPE_CHANGED,
        /** The same content; other permissions, owner or extended attributes. */
        METADATA
    }

    /** What the patch has of a change. */
    public enum Shown {
        /** All of it. */
        TEXT,
        /** Only that it changed: it is no UTF-8 or holds a zero byte. */
        BINARY,
        /** Only that it changed: it is longer than the limit. */
        TOO_LARGE,
        /** Nothing: the patch was full, or the time was over. */
        OMITTED,
        /** Nothing: its content is damaged. */
        UNREADABLE,
        /** Nothing: there is no content, or it did not change. */
        NOTHING
    }
}
