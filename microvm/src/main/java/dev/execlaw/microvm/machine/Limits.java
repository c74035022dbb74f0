package dev.execlaw.microvm.machine;

/**
 * What a machine may take of its host beside its memory and its vCPUs. Zero means unlimited.
 *
 * @param networkBytesPerSecond for each direction of the network card
 * @param diskBytesPerSecond reads and writes of the disk together
 * @param diskOperationsPerSecond reads and writes of the disk together
 */
public record Limits(long networkBytesPerSecond, long diskBytesPerSecond, long diskOperationsPerSecond) {

    /** No limits. */
    public static final Limits NONE = new Limits(0, 0, 0);

    public Limits {
        check("networkBytesPerSecond", networkBytesPerSecond);
        check("diskBytesPerSecond", diskBytesPerSecond);
        check("diskOperationsPerSecond", diskOperationsPerSecond);
    }

    private static void check(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " is " + value + ", it must not be negative");
        }
    }
}
