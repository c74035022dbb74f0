package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.linux.OpenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Gives the space of a file's zeros back to the file system. Firecracker writes every page of a full snapshot, also those
 * that the guest never touched, which are most of them.
 */
final class Zeros {

    private static final int BLOCK = 64 * 1024;
    private static final byte[] ZERO = new byte[BLOCK];

    private Zeros() {}

    /** Makes holes of all stretches of zeros, in steps of 64 KiB. What the file reads as stays the same. */
    static void release(Path path) throws IOException {
        byte[] block = new byte[BLOCK];
        try (OpenFile file = OpenFile.readWrite(path)) {
            long length = file.length();
            long end = 0;
            while (end < length) {
                long at = file.dataFrom(end, length);
                at -= at % BLOCK;
                long stretch = at;
                while (stretch < length && isZero(file, stretch, block)) {
                    stretch += BLOCK;
                }
                if (stretch > at) {
                    file.punchHole(at, stretch - at);
                }
                end = Math.max(stretch, at) + BLOCK;
            }
        }
    }

    private static boolean isZero(OpenFile file, long at, byte[] block) throws IOException {
        int n = file.readAt(at, block);
        return Arrays.equals(block, 0, n, ZERO, 0, n);
    }
}
