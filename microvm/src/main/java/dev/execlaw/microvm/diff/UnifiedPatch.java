package dev.execlaw.microvm.diff;

import dev.execlaw.microvm.diff.FileChange.Kind;
import dev.execlaw.microvm.diff.FileChange.Shown;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A patch in git's form (git-diff(1), "Generating patch text with -p") of regular files and symbolic links. It grows
 * change by change until it is full. Belongs to one thread.
 */
final class UnifiedPatch {

    private static final int LINK = 0120000;
    private static final int PROGRAM = 0100755;
    private static final int PLAIN = 0100644;
    private static final String NOTHING = "/dev/null";

    private final DiffLimits limits;
    private final StringBuilder text = new StringBuilder();
    private int length;
    private boolean full;

    UnifiedPatch(DiffLimits limits) {
        this.limits = limits;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** Whether something was left out because there was no more room. */
    boolean isFull() {
        return full;
    }

    /** Adds a change where it has anything to show, and says what is shown of it. */
    Shown add(Found found) throws IOException {
        Side before = shown(found.before());
        Side after = shown(found.after());
        if (before == null && after == null) {
            return Shown.NOTHING;
        }
        if (full) {
            return Shown.OMITTED;
        }
        StringBuilder section = new StringBuilder();
        Shown shown;
        try {
            if (found.change().kind() == Kind.TYPE_CHANGED) {
                Shown first = before == null ? Shown.NOTHING : section(section, found.path(), before, null);
                Shown second = after == null ? Shown.NOTHING : section(section, found.path(), null, after);
                shown = both(first, second);
            } else {
                shown = section(section, found.path(), before, after);
            }
        } catch (DiffException _) {
            // The list of files has it; its content cannot be shown.
            return Shown.UNREADABLE;
        }
        int bytes = section.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length + bytes > limits.patchBytes()) {
            full = true;
            return Shown.OMITTED;
        }
        length += bytes;
        text.append(section);
        return shown;
    }

    /** What is shown of two halves: not all, where it is not all of one. */
    private static Shown both(Shown first, Shown second) {
        if (first == Shown.NOTHING || second == Shown.NOTHING) {
            return first == Shown.NOTHING ? second : first;
        }
        return first == Shown.TEXT ? second : first;
    }

    private static @Nullable Side shown(@Nullable Side side) throws IOException {
        if (side == null) {
            return null;
        }
        FileState.Kind kind = side.inode().kind();
        return kind == FileState.Kind.REGULAR || kind == FileState.Kind.SYMLINK ? side : null;
    }

    private Shown section(StringBuilder section, String path, @Nullable Side before, @Nullable Side after)
            throws IOException {
        String name = path.substring(1);
        String old = GuestName.patched("a/" + name);
        String now = GuestName.patched("b/" + name);
        String head = "diff --git " + old + " " + now + "\n" + modes(before, after);
        String oldOrNothing = before == null ? NOTHING : old;
        String nowOrNothing = after == null ? NOTHING : now;
        long longest = Math.max(size(before), size(after));
        if (longest > limits.fileBytes()) {
            // Without git's line before it, for git takes no line like this after that.
            section.append("Files %s and %s differ: too long to show with %d bytes, the limit is %d\n"
                    .formatted(oldOrNothing, nowOrNothing, longest, limits.fileBytes()));
            return Shown.TOO_LARGE;
        }
        byte[] was = before == null ? new byte[0] : before.content().all();
        byte[] is = after == null ? new byte[0] : after.content().all();
        if (Arrays.equals(was, is)) {
            boolean any = head.lines().count() > 1;
            section.append(any ? head : "");
            return any ? Shown.TEXT : Shown.NOTHING;
        }
        section.append(head);
        Optional<String> wasText = text(was);
        Optional<String> isText = text(is);
        if (wasText.isEmpty() || isText.isEmpty()) {
            section.append("Binary files %s and %s differ\n".formatted(oldOrNothing, nowOrNothing));
            return Shown.BINARY;
        }
        section.append("--- ").append(ended(oldOrNothing)).append("+++ ").append(ended(nowOrNothing));
        section.append(Hunks.between(wasText.get(), isText.get()));
        return Shown.TEXT;
    }

    private static String modes(@Nullable Side before, @Nullable Side after) throws IOException {
        if (before == null) {
            return after == null ? "" : "new file mode %o\n".formatted(mode(after));
        }
        int was = mode(before);
        if (after == null) {
            return "deleted file mode %o\n".formatted(was);
        }
        int is = mode(after);
        return was == is ? "" : "old mode %o\nnew mode %o\n".formatted(was, is);
    }

    /** Git knows no more than these three. */
    private static int mode(Side side) throws IOException {
        if (side.inode().kind() == FileState.Kind.SYMLINK) {
            return LINK;
        }
        return (side.inode().permissions() & 0100) != 0 ? PROGRAM : PLAIN;
    }

    private static long size(@Nullable Side side) throws IOException {
        return side == null ? 0 : side.inode().size();
    }

    /** A tab tells where a name with spaces ends. */
    private static String ended(String name) {
        return name + (name.indexOf(' ') >= 0 ? "\t\n" : "\n");
    }

    private static Optional<String> text(byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException _) {
            // It is not UTF-8; that is the answer.
            return Optional.empty();
        }
    }
}
