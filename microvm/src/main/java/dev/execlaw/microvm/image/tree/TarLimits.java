package dev.execlaw.microvm.image.tree;

/**
 * How much of a tar archive is read before it is refused.
 *
 * @param entries most headers, at least 1
 * @param bytes most bytes of all file contents together
 */
public record TarLimits(long entries, long bytes) {

    /** Two million entries, 64 GiB. */
    public static final TarLimits DEFAULT = new TarLimits(2_000_000, 64L << 30);

    public TarLimits {
        if (entries < 1) {
            throw new IllegalArgumentException("entries is " + entries + ", at least 1 is needed");
        }
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes is " + bytes + ", at least 0 is needed");
        }
    }
}
