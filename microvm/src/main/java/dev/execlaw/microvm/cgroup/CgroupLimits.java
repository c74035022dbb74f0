package dev.execlaw.microvm.cgroup;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the processes of one cgroup may take together.
 *
 * @param memoryBytes most memory, with the page cache of their files; swap is not given beside it
 * @param cpuPercent most processor time, of one processor
 * @param processes most processes and threads
 * @param disk what may go to and from a disk; null for no limit
 */
public record CgroupLimits(
        long memoryBytes,
        int cpuPercent,
        int processes,
        @Nullable DiskLimit disk) {

    private static final int PERIOD_MICROS = 100_000;

    public CgroupLimits {
        if (memoryBytes < 1 || cpuPercent < 1 || processes < 1) {
            throw new IllegalArgumentException("limits of " + memoryBytes + " bytes, " + cpuPercent + " % and "
                    + processes + " processes let nothing run; each must be at least 1");
        }
    }

    /**
     * Limit of one block device, for each direction. Zero means unlimited.
     *
     * @param device {@code MAJOR:MINOR} of a whole disk, not of a partition
     */
    public record DiskLimit(String device, long bytesPerSecond, long operationsPerSecond) {

        String line() {
            return device
                    + part(" rbps=", bytesPerSecond)
                    + part(" wbps=", bytesPerSecond)
                    + part(" riops=", operationsPerSecond)
                    + part(" wiops=", operationsPerSecond);
        }

        private static String part(String key, long value) {
            return key + (value == 0 ? "max" : String.valueOf(value));
        }
    }

    /** What is written to which file of the cgroup, by the kernel's admin-guide/cgroup-v2.rst. */
    public List<Setting> settings() {
        List<Setting> settings = new ArrayList<>(List.of(
                new Setting("memory", "memory.max", String.valueOf(memoryBytes)),
                new Setting("memory", "memory.swap.max", "0"),
                new Setting("cpu", "cpu.max", (long) cpuPercent * (PERIOD_MICROS / 100) + " " + PERIOD_MICROS),
                new Setting("pids", "pids.max", String.valueOf(processes))));
        if (disk != null) {
            settings.add(new Setting("io", "io.max", disk.line()));
        }
        return List.copyOf(settings);
    }

    /**
     * One file of a cgroup and its content.
     *
     * @param controller the controller that offers the file
     */
    public record Setting(String controller, String file, String value) {}
}
