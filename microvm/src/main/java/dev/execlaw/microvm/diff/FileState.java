package dev.execlaw.microvm.diff;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a file was at one time. Times are left out: they change without anything else.
 *
 * @param kind what it is
 * @param size length in bytes; 0 for what has no content of its own
 * @param mode permission bits with setuid, setgid and sticky, 0 to 07777
 * @param uid owner
 * @param gid group
 * @param target where a symbolic link points, written as {@link FileChange#path} is, or {@code MAJOR:MINOR} of a device;
 *     else null
 * @param attributes a hash of the extended attributes (capabilities, access lists); null where there are none
 */
public record FileState(
        Kind kind,
        long size,
        int mode,
        long uid,
        long gid,
        @Nullable String target,
        @Nullable String attributes) {

    public FileState {
        Objects.requireNonNull(kind, "kind");
        if (mode < 0 || mode > 07777) {
            throw new IllegalArgumentException("mode is " + Integer.toOctalString(mode) + ", allowed are 0 to 7777");
        }
    }

    /** Kinds of file, by the upper bits of an inode's mode (inode(7)). */
    public enum Kind {
        FIFO(1),
        CHARACTER_DEVICE(2),
        DIRECTORY(4),
        BLOCK_DEVICE(6),
        REGULAR(8),
        SYMLINK(10),
        SOCKET(12);

        private final int type;

        Kind(int type) {
            this.type = type;
        }

        static Kind of(int mode) throws DiffException {
            for (Kind kind : values()) {
                if (kind.type == mode >>> 12) {
                    return kind;
                }
            }
            throw new DiffException("mode 0%o is of no kind of file".formatted(mode));
        }
    }
}
