package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** What a file takes of its disk, whatever its length. Any thread may ask. */
public final class DiskUse {

    private static final long FS_IOC_FIEMAP = 0xC020660BL;
    private static final int FIEMAP_EXTENT_LAST = 0x0001;
    private static final int FIEMAP_EXTENT_SHARED = 0x2000;

    // struct fiemap and struct fiemap_extent of linux/fiemap.h
    private static final int FM_START = 0;
    private static final int FM_LENGTH = 8;
    private static final int FM_MAPPED_EXTENTS = 20;
    private static final int FM_EXTENT_COUNT = 24;
    private static final int FM_EXTENTS = 32;
    private static final int FE_LOGICAL = 0;
    private static final int FE_LENGTH = 16;
    private static final int FE_FLAGS = 40;
    private static final int SIZEOF_FIEMAP_EXTENT = 56;
    private static final int EXTENTS = 512;

    private DiskUse() {}

    /** Bytes of it that are no holes. */
    public static long data(Path file) throws IOException {
        try (OpenFile opened = OpenFile.read(file)) {
            return data(opened);
        }
    }

    /**
     * Bytes of it that are no holes and whose blocks no other file shares (ioctl_fiemap(2)): what it cost to write beside
     * the file that it was cloned from. Where the file system cannot tell, nothing is shared.
     */
    public static long own(Path file) throws IOException {
        try (OpenFile opened = OpenFile.read(file);
                Arena arena = Arena.ofConfined()) {
            MemorySegment map = arena.allocate(FM_EXTENTS + (long) EXTENTS * SIZEOF_FIEMAP_EXTENT, Long.BYTES);
            long length = opened.length();
            long own = 0;
            long at = 0;
            while (at < length) {
                map.fill((byte) 0);
                map.set(ValueLayout.JAVA_LONG, FM_START, at);
                map.set(ValueLayout.JAVA_LONG, FM_LENGTH, length - at);
                map.set(ValueLayout.JAVA_INT, FM_EXTENT_COUNT, EXTENTS);
                if (!opened.control(FS_IOC_FIEMAP, map)) {
                    return data(opened);
                }
                int count = map.get(ValueLayout.JAVA_INT, FM_MAPPED_EXTENTS);
                boolean last = count == 0;
                for (int i = 0; i < count; i++) {
                    MemorySegment extent =
                            map.asSlice(FM_EXTENTS + (long) i * SIZEOF_FIEMAP_EXTENT, SIZEOF_FIEMAP_EXTENT);
                    long begin = extent.get(ValueLayout.JAVA_LONG, FE_LOGICAL);
                    long end = Math.min(length, begin + extent.get(ValueLayout.JAVA_LONG, FE_LENGTH));
                    int flags = extent.get(ValueLayout.JAVA_INT, FE_FLAGS);
                    own += (flags & FIEMAP_EXTENT_SHARED) == 0 ? Math.max(0, end - begin) : 0;
                    last |= (flags & FIEMAP_EXTENT_LAST) != 0;
                    at = Math.max(at, end);
                }
                if (last) {
                    break;
                }
            }
            return own;
        }
    }

    private static long data(OpenFile file) throws IOException {
        long length = file.length();
        long data = 0;
        long at = file.dataFrom(0, length);
        while (at < length) {
            long end = file.holeFrom(at);
            data += end - at;
            at = file.dataFrom(end, length);
        }
        return data;
    }
}
