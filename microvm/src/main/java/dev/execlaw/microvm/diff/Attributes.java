package dev.execlaw.microvm.diff;

import static dev.execlaw.microvm.diff.Unsigned.u16;
import static dev.execlaw.microvm.diff.Unsigned.u8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The extended attributes of a file, from its inode and from the block it may have for them
 * (Documentation/filesystems/ext4/attributes.rst of Linux). What lies in an inode of its own is known by that's number.
 */
final class Attributes {

    private static final int MAGIC = 0xea020000;
    private static final int SYSTEM = 7;
    private static final String INLINE = SYSTEM + ".data";
    private static final int BLOCK_HEADER = 32;
    private static final int ENTRY = 16;

    private final NavigableMap<String, byte[]> values = new TreeMap<>();

    private Attributes() {}

    static Attributes of(FileSystem system, Inode inode) throws IOException {
        Attributes attributes = new Attributes();
        ByteBuffer bytes = inode.bytes();
        int at = inode.attributesAt();
        if (at + 4 <= bytes.limit() && bytes.getInt(at) == MAGIC) {
            int first = at + 4;
            attributes.read(bytes.slice(first, bytes.limit() - first).order(ByteOrder.LITTLE_ENDIAN), 0, inode);
        }
        if (inode.attributesBlock() != 0) {
            ByteBuffer block = system.block(inode.attributesBlock());
            if (block.getInt(0) != MAGIC) {
                throw new DiffException("inode " + inode.number() + " has broken extended attributes");
            }
            attributes.read(block, BLOCK_HEADER, inode);
        }
        return attributes;
    }

    private void read(ByteBuffer area, int first, Inode inode) throws DiffException {
        int at = first;
        while (at + 4 <= area.limit() && area.getInt(at) != 0) {
            int nameLength = u8(area, at);
            if (at + ENTRY + nameLength > area.limit()) {
                throw broken(inode);
            }
            int offset = u16(area, at + 2);
            int elsewhere = area.getInt(at + 4);
            int size = area.getInt(at + 8);
            byte[] name = new byte[nameLength];
            area.get(at + ENTRY, name);
            values.put(
                    u8(area, at + 1) + "." + new String(name, StandardCharsets.ISO_8859_1),
                    elsewhere != 0
                            ? ByteBuffer.allocate(8)
                                    .putInt(elsewhere)
                                    .putInt(size)
                                    .array()
                            : value(area, offset, size, inode));
            at += ENTRY + ((nameLength + 3) & ~3);
        }
    }

    private static byte[] value(ByteBuffer area, int offset, int size, Inode inode) throws DiffException {
        if (size < 0 || size > area.limit() - offset) {
            throw broken(inode);
        }
        byte[] value = new byte[size];
        area.get(offset, value);
        return value;
    }

    private static DiffException broken(Inode inode) {
        return new DiffException("inode " + inode.number() + " has broken extended attributes");
    }

    /** What of an inline file's content did not fit where others have their block map. */
    byte[] inline() {
        byte[] rest = values.get(INLINE);
        return rest == null ? new byte[0] : rest;
    }

    /** The same for the same attributes, wherever they lie; null when there are none. */
    @Nullable
    String hash() {
        MessageDigest digest = sha256();
        boolean any = false;
        for (var entry : values.entrySet()) {
            if (!entry.getKey().equals(INLINE)) {
                any = true;
                byte[] name = entry.getKey().getBytes(StandardCharsets.ISO_8859_1);
                digest.update(ByteBuffer.allocate(8)
                        .putInt(name.length)
                        .putInt(entry.getValue().length)
                        .flip());
                digest.update(name);
                digest.update(entry.getValue());
            }
        }
        return any ? HexFormat.of().formatHex(digest.digest(), 0, 16) : null;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
