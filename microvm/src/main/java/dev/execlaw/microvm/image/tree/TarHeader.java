package dev.execlaw.microvm.image.tree;

import dev.execlaw.microvm.image.ImageException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** The 512-byte header block of tar(5): fields at their offsets, numbers in octal or GNU's base 256. */
final class TarHeader {

    static final int SIZE = 512;

    private final byte[] block;

    TarHeader(byte[] block) {
        this.block = block;
    }

    /** Whether the block is all zero, as at the end of an archive. */
    boolean empty() {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    void verify() throws ImageException {
        long told = number(148, 8);
        long sum = 0;
        for (int i = 0; i < SIZE; i++) {
            sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
        }
        if (sum != told) {
            throw new ImageException("not a tar archive, or a damaged one: the header of \""
                    + text(name()).replaceAll("[^ -~]", "?") + "\" has the checksum " + sum + ", it says " + told);
        }
    }

    char type() {
        return (char) (block[156] & 0xff);
    }

    byte[] name() {
        byte[] name = field(0, 100);
        // Only POSIX archives have a prefix; GNU ones ("ustar  ") keep times in that place.
        boolean posix = Arrays.equals(block, 257, 263, new byte[] {'u', 's', 't', 'a', 'r', 0}, 0, 6);
        byte[] prefix = posix ? field(345, 155) : new byte[0];
        if (prefix.length == 0) {
            return name;
        }
        byte[] whole = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
        whole[prefix.length] = '/';
        System.arraycopy(name, 0, whole, prefix.length + 1, name.length);
        return whole;
    }

    byte[] link() {
        return field(157, 100);
    }

    long mode() throws ImageException {
        return number(100, 8);
    }

    long uid() throws ImageException {
        return number(108, 8);
    }

    long gid() throws ImageException {
        return number(116, 8);
    }

    long size() throws ImageException {
        return number(124, 12);
    }

    long modified() throws ImageException {
        return number(136, 12);
    }

    private byte[] field(int offset, int length) {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return Arrays.copyOfRange(block, offset, end);
    }

    private long number(int offset, int length) throws ImageException {
        if ((block[offset] & 0x80) != 0) {
            return binary(offset, length);
        }
        long value = 0;
        int i = offset;
        while (i < offset + length && block[i] == ' ') {
            i++;
        }
        for (; i < offset + length && block[i] != 0 && block[i] != ' '; i++) {
            if (block[i] < '0' || block[i] > '7') {
                throw new ImageException("not a tar archive, or a damaged one: a header's number is 0x"
                        + HexFormat.of().formatHex(block, offset, offset + length));
            }
            value = value * 8 + (block[i] - '0');
        }
        return value;
    }

    private long binary(int offset, int length) throws ImageException {
        boolean negative = (block[offset] & 0x40) != 0;
        long value = negative ? -1 : 0;
        for (int i = 0; i < length; i++) {
            int part = block[offset + i] & 0xff;
            if (i == 0) {
                part = negative ? part | 0x80 : part & 0x7f;
            }
            if (length - i > 8 && part != (negative ? 0xff : 0)) {
                throw new ImageException("a tar header's number does not fit 64 bits");
            }
            value = value << 8 | part;
        }
        return value;
    }

    /** Bytes as the characters that stand for them in names: ISO 8859-1. */
    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
