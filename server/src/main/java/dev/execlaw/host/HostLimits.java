package dev.execlaw.host;

/**
 * What must stay free on the host, and what machines are counted with.
 *
 * @param memoryFloorMiB memory that machines never get
 * @param overheadMiB memory of a VMM beyond its guest's own (mostly translated code under software emulation)
 * @param diskFloorMiB free space of the data directory below which no machine starts
 * @param expectedMiB memory that a machine which starts from a saved state is expected to take at least
 */
public record HostLimits(int memoryFloorMiB, int overheadMiB, int diskFloorMiB, int expectedMiB) {

    /**
     * 512 MiB of memory and 1 GiB of disk stay free; a VMM counts 192 MiB beyond its guest: 128 of translated code, the rest
     * its own; a clone counts 64 MiB at least.
     */
    public static final HostLimits DEFAULT = new HostLimits(512, 192, 1024, 64);

    public HostLimits {
        notNegative("memoryFloorMiB", memoryFloorMiB);
        notNegative("overheadMiB", overheadMiB);
        notNegative("diskFloorMiB", diskFloorMiB);
        notNegative("expectedMiB", expectedMiB);
    }

    /** With the clones of {@link #DEFAULT}. */
    public HostLimits(int memoryFloorMiB, int overheadMiB, int diskFloorMiB) {
        this(memoryFloorMiB, overheadMiB, diskFloorMiB, 64);
    }

    private static void notNegative(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " is " + value + ", it must not be negative");
        }
    }
}
