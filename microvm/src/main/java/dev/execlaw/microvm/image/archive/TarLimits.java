package dev.execlaw.microvm.image.archive;

/**
 * How much of an archive is read before it is refused.
 *
 * @param entries most entries, at least 1
 * @param bytes most bytes of all file contents together
 * @param nameBytes most bytes of one name or link target
 * @param devices whether device nodes and FIFOs are handed out; where not, the first one refuses the archive
 */
public record TarLimits(long entries, long bytes, int nameBytes, boolean devices) {

    /** Two million entries, 64 GiB, names as long as Linux takes them (PATH_MAX), no device nodes. */
    public static final TarLimits DEFAULT = new TarLimits(2_000_000, 64L << 30, 4096, false);

    public TarLimits {
        if (entries < 1) {
            throw new IllegalArgumentException("entries is " + entries + ", at least 1 is needed");
        }
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes is " + bytes + ", at least 0 is needed");
        }
        if (nameBytes < 1 || nameBytes > 65_536) {
            throw new IllegalArgumentException("nameBytes is " + nameBytes + ", allowed are 1 to 65536");
        }
    }

    /** The same limits with another number of entries. */
    public TarLimits withEntries(long most) {
        return new TarLimits(most, bytes, nameBytes, devices);
    }

    /** The same limits with another number of content bytes. */
    public TarLimits withBytes(long most) {
        return new TarLimits(entries, most, nameBytes, devices);
    }

    /** The same limits, with device nodes and FIFOs handed out to the caller. */
    public TarLimits withDevices() {
        return new TarLimits(entries, bytes, nameBytes, true);
    }
}
