package dev.execlaw.microvm.diff;

import static dev.execlaw.microvm.diff.Unsigned.u16;
import static dev.execlaw.microvm.diff.Unsigned.u32;
import static dev.execlaw.microvm.diff.Unsigned.u8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Reads directories (Documentation/filesystems/ext4/directory.rst of Linux). A hash tree's inner blocks look like unused
 * entries and so need no case of their own.
 */
final class Directory {

    private static final int MOST_ENTRIES = 1 << 18;
    private static final long LARGEST = 1L << 28;
    private static final int HEAD = 8;
    private static final int INLINE_FIRST = 4;

    private final Notes notes;

    Directory(Notes notes) {
        this.notes = notes;
    }

    /** Inode numbers by name, in the order of the names' bytes, without {@code .} and {@code ..}. */
    NavigableMap<String, Long> list(FileSystem system, Inode inode, String path) throws IOException {
        NavigableMap<String, Long> entries = new TreeMap<>();
        Content content = Content.of(system, inode);
        if (content.isInline()) {
            // Four bytes are the parent's number; what is beside the inode's own sixty is a block of its own.
            ByteBuffer all = ByteBuffer.wrap(content.all()).order(ByteOrder.LITTLE_ENDIAN);
            int own = Math.min(all.limit(), Inode.MAP_LENGTH);
            if (own > INLINE_FIRST) {
                block(slice(all, INLINE_FIRST, own), entries, path);
            }
            block(slice(all, own, all.limit()), entries, path);
            return entries;
        }
        if (content.size() > LARGEST) {
            throw new DiffException("directory inode " + inode.number() + " has " + content.size() + " bytes");
        }
        long blocks = content.blocks();
        for (BlockMap.Run run : content.map().runs()) {
            for (long at = run.logical(); at < Math.min(run.end(), blocks); at++) {
                system.deadline().check();
                if (entries.size() >= MOST_ENTRIES) {
                    notes.truncated("directory %s has more than %d entries; the others were not compared"
                            .formatted(GuestName.text(path), MOST_ENTRIES));
                    return entries;
                }
                block(content.block(run, at), entries, path);
            }
        }
        return entries;
    }

    private static ByteBuffer slice(ByteBuffer all, int from, int to) {
        return all.slice(from, to - from).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void block(ByteBuffer block, NavigableMap<String, Long> entries, String path) {
        int at = 0;
        while (at + HEAD <= block.limit()) {
            int length = length(block, at);
            int nameLength = u8(block, at + 6);
            if (length < HEAD + nameLength || length < HEAD || length % 4 != 0 || at + length > block.limit()) {
                notes.add("directory " + GuestName.text(path) + " is damaged; not all of its files were found");
                return;
            }
            long inode = u32(block, at);
            if (inode != 0 && nameLength > 0) {
                byte[] bytes = new byte[nameLength];
                block.get(at + HEAD, bytes);
                String name = new String(bytes, StandardCharsets.ISO_8859_1);
                if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
                    notes.add("directory " + GuestName.text(path) + " has a file that no path can name: "
                            + GuestName.text(name));
                } else if (!name.equals(".") && !name.equals("..")) {
                    entries.putIfAbsent(name, inode);
                }
            }
            at += length;
        }
    }

    /** 65536 does not fit: 0 and 65535 stand for it. */
    private static int length(ByteBuffer block, int at) {
        int length = u16(block, at + 4);
        return block.limit() == 1 << 16 && (length == 0 || length == 0xffff) ? 1 << 16 : length;
    }
}
