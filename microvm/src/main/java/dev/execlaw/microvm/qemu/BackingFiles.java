package dev.execlaw.microvm.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files under a qcow2 disk, read from the headers of the chain (docs/interop/qcow2.txt of QEMU). A VMM writes its own
 * disk's header, so one that was broken into can name any file there, to find it in its view when it is started next:
 * therefore only regular files count that everybody may read who reaches them.
 */
final class BackingFiles {

    private static final int MAGIC = 0x514649fb;
    private static final int HEADER = 24;
    private static final int LONGEST_NAME = 1023;
    private static final int DEEPEST = 64;

    private BackingFiles() {}

    /** Absolute paths of all files under the disk, nearest first; empty for a disk that stands alone. */
    static List<Path> of(Path disk) throws IOException {
        List<Path> chain = new ArrayList<>();
        Path next = under(disk);
        while (next != null) {
            if (chain.size() == DEEPEST) {
                throw new IOException("disk " + disk + " lies on more than " + DEEPEST + " files; the last is " + next);
            }
            check(disk, next);
            chain.add(next);
            next = under(next);
        }
        return List.copyOf(chain);
    }

    private static void check(Path disk, Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("disk " + disk + " lies on " + file + ", which is not a file");
        }
        if (!Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
            throw new IOException("disk " + disk + " lies on " + file + ", which not everybody may read; chmod a+r it,"
                    + " if it is an image");
        }
    }

    private static @Nullable Path under(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer header = read(channel, 0, HEADER);
            if (header.remaining() < HEADER || header.getInt(0) != MAGIC || header.getLong(8) == 0) {
                return null;
            }
            int length = header.getInt(16);
            if (length < 1 || length > LONGEST_NAME) {
                throw new IOException("disk " + file + " names a file under it with " + length
                        + " bytes, allowed are 1 to " + LONGEST_NAME);
            }
            ByteBuffer name = read(channel, header.getLong(8), length);
            return file.toAbsolutePath()
                    .resolveSibling(StandardCharsets.UTF_8.decode(name).toString())
                    .normalize();
        } catch (IllegalArgumentException e) {
            throw new IOException("disk " + file + " has a broken header: " + e.getMessage(), e);
        }
    }

    private static ByteBuffer read(FileChannel channel, long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        long at = from;
        while (bytes.hasRemaining()) {
            int n = channel.read(bytes, at);
            if (n < 0) {
                break;
            }
            at += n;
        }
        return bytes.flip();
    }
}
