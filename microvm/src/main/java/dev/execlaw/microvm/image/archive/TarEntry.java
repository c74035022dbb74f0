package dev.execlaw.microvm.image.archive;

import java.time.Instant;
import java.util.Objects;

/**
 * One entry of an archive.
 *
 * @param name path relative to the archive's root, normalised: no leading slash, no {@code .} or {@code ..}, no empty
 *     part; the root itself is the empty string
 * @param kind what it is
 * @param mode the twelve permission bits, set-uid and sticky among them
 * @param uid owner
 * @param gid group
 * @param size bytes of content; 0 for all but files
 * @param modified time of last change
 * @param link target: of a symbolic link as it stands (not checked: it may point anywhere), of a hard link normalised
 *     like a name; else empty
 * @param deviceMajor of device nodes, else 0
 * @param deviceMinor of device nodes, else 0
 */
public record TarEntry(
        String name,
        Kind kind,
        int mode,
        long uid,
        long gid,
        long size,
        Instant modified,
        String link,
        int deviceMajor,
        int deviceMinor) {

    public TarEntry {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(modified, "modified");
        Objects.requireNonNull(link, "link");
    }

    /** What an entry is. */
    public enum Kind {
        FILE,
        DIRECTORY,
        SYMBOLIC_LINK,
        HARD_LINK,
        CHARACTER_DEVICE,
        BLOCK_DEVICE,
        FIFO;

        boolean special() {
            return this == CHARACTER_DEVICE || this == BLOCK_DEVICE || this == FIFO;
        }
    }
}
