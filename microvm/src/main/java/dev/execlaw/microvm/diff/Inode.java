package dev.execlaw.microvm.diff;

import static dev.execlaw.microvm.diff.Unsigned.u16;
import static dev.execlaw.microvm.diff.Unsigned.u32;
import static dev.execlaw.microvm.diff.Unsigned.u48;
import static dev.execlaw.microvm.diff.Unsigned.u64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One inode as it lies on the disk (Documentation/filesystems/ext4/inodes.rst of Linux).
 *
 * @param number its number, from 1
 * @param bytes all of it, little-endian
 */
record Inode(long number, ByteBuffer bytes) {

    private static final int EXTENTS = 0x80000;
    private static final int INLINE = 0x1000_0000;

    /** Where the block map, the extent tree or what is inline begins, and how long it is. */
    static final int MAP = 0x28;

    static final int MAP_LENGTH = 60;

    Inode {
        bytes = bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    FileState.Kind kind() throws DiffException {
        return FileState.Kind.of(u16(bytes, 0));
    }

    int permissions() {
        return bytes.getShort(0) & 07777;
    }

    long uid() {
        return u32(bytes, 2, 0x78);
    }

    long gid() {
        return u32(bytes, 0x18, 0x7a);
    }

    /** Length of the content. */
    long size() throws DiffException {
        long size = u64(bytes, 4, 0x6c);
        if (size < 0 || size > 1L << 44) {
            throw new DiffException("inode " + number + " says it has " + Long.toUnsignedString(size) + " bytes");
        }
        return size;
    }

    boolean hasExtents() {
        return (flags() & EXTENTS) != 0;
    }

    boolean isInline() {
        return (flags() & INLINE) != 0;
    }

    private int flags() {
        return bytes.getInt(0x20);
    }

    /** The block with extended attributes, 0 when there is none. */
    long attributesBlock() {
        return u48(bytes, 0x68, 0x76);
    }

    /** Where in {@link #bytes} the extended attributes may begin; its end where there is no room for any. */
    int attributesAt() {
        if (bytes.limit() <= 128 + 4) {
            return bytes.limit();
        }
        return Math.min(bytes.limit(), 128 + u16(bytes, 128));
    }

    /** {@code MAJOR:MINOR} of a device file: the old encoding is in the first word, else the new one in the second. */
    String device() {
        int old = bytes.getInt(MAP);
        int number = bytes.getInt(MAP + 4);
        if (old != 0) {
            return ((old >>> 8) & 0xff) + ":" + (old & 0xff);
        }
        return ((number >>> 8) & 0xfff) + ":" + ((number & 0xff) | ((number >>> 12) & 0xfff00));
    }
}
