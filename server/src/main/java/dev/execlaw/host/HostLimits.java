package dev.execlaw.host;

/**
 * What must stay free on the host.
 *
 * @param memoryFloorMiB memory that machines never get
 * @param overheadMiB memory of a VMM beyond its guest's own (mostly translated code under software emulation)
 * @param diskFloorMiB free space of the data directory below which no machine starts
 */
public record HostLimits(int memoryFloorMiB, int overheadMiB, int diskFloorMiB) {

    /** 512 MiB of memory and 1 GiB of disk stay free; a VMM counts 192 MiB beyond its guest: 128 of translated code, the rest its own. */
    public static final HostLimits DEFAULT = new HostLimits(512, 192, 1024);

    public HostLimits {
        notNegative("memoryFloorMiB", memoryFloorMiB);
        notNegative("overheadMiB", overheadMiB);
        notNegative("diskFloorMiB", diskFloorMiB);
    }

    private static void notNegative(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " is " + value + ", it must not be negative");
        }
    }
}
