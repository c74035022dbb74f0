package dev.execlaw.microvm.diff;

import java.time.Duration;

/**
 * How much a diff may take and give. What goes beyond is left out, and the report says so.
 *
 * @param time how long the comparison may take
 * @param files the most changed files that are listed
 * @param fileBytes the longest file, on either side, that is shown in the patch
 * @param patchBytes the longest patch, in bytes of UTF-8
 */
public record DiffLimits(Duration time, int files, int fileBytes, int patchBytes) {

    /** Ten seconds, 10,000 files, 256 KiB of each file, 2 MiB of patch. */
    public static final DiffLimits DEFAULT =
            new DiffLimits(Duration.ofSeconds(10), 10_000, 256 * 1024, 2 * 1024 * 1024);

    public DiffLimits {
        if (time.isNegative() || time.isZero() || time.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("the time of a diff is " + time + ", allowed is up to an hour");
        }
        if (files < 1 || files > 1_000_000) {
            throw new IllegalArgumentException("a diff of " + files + " files, allowed are 1 to 1000000");
        }
        if (fileBytes < 0 || fileBytes > 16 * 1024 * 1024) {
            throw new IllegalArgumentException(fileBytes + " bytes of each file, allowed are 0 to 16777216");
        }
        if (patchBytes < 0 || patchBytes > 64 * 1024 * 1024) {
            throw new IllegalArgumentException("a patch of " + patchBytes + " bytes, allowed are 0 to 67108864");
        }
    }
}
