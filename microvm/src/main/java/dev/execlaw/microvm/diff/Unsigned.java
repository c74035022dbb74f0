package dev.execlaw.microvm.diff;

import java.nio.ByteBuffer;

/** Unsigned numbers in disk structures, in the buffer's byte order, and those whose upper half lies elsewhere. */
final class Unsigned {

    private Unsigned() {}

    static int u8(ByteBuffer bytes, int at) {
        return bytes.get(at) & 0xff;
    }

    static int u16(ByteBuffer bytes, int at) {
        return bytes.getShort(at) & 0xffff;
    }

    static long u32(ByteBuffer bytes, int at) {
        return bytes.getInt(at) & 0xffff_ffffL;
    }

    /** Two 16-bit halves. */
    static long u32(ByteBuffer bytes, int low, int high) {
        return u16(bytes, low) | ((long) u16(bytes, high) << 16);
    }

    /** 32 bits and 16 more above them. */
    static long u48(ByteBuffer bytes, int low, int high) {
        return u32(bytes, low) | ((long) u16(bytes, high) << 32);
    }

    /** Two 32-bit halves; negative where the topmost bit is set. */
    static long u64(ByteBuffer bytes, int low, int high) {
        return u32(bytes, low) | (u32(bytes, high) << 32);
    }
}
