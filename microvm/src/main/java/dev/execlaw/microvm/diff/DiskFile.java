package dev.execlaw.microvm.diff;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;

/** An open file of the host that holds a disk or a layer of one. Read only. */
final class DiskFile implements Closeable {

    private final Path path;
    private final Object identity;
    private final FileChannel channel;
    private final long length;

    private DiskFile(Path path, Object identity, FileChannel channel) throws IOException {
        this.path = path;
        this.identity = identity;
        this.channel = channel;
        this.length = channel.size();
    }

    /**
     * Opens a regular file below one of the roots. A VMM writes the header of its own layer and so can name any file of
     * the host as the one under it: that is why the name alone is not trusted.
     */
    static DiskFile open(Path path, List<Path> roots) throws IOException {
        Path real = path.toRealPath();
        boolean allowed = false;
        for (Path root : roots) {
            allowed |= real.startsWith(root.toRealPath());
        }
        if (!allowed) {
            throw new DiffException("disk file " + real + " is not below any of " + roots + " and is not read");
        }
        BasicFileAttributes attributes =
                Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw new DiffException("disk " + real + " is no regular file");
        }
        FileChannel channel = FileChannel.open(real, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try {
            return new DiskFile(real, Objects.requireNonNullElse(attributes.fileKey(), real), channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    /** Equal for the same file under whatever name: layers of a fork are hard links. */
    Object identity() {
        return identity;
    }

    long length() {
        return length;
    }

    /** Fills what remains of the buffer; beyond the end of the file there are zeros. */
    void read(long from, ByteBuffer into) throws IOException {
        long at = from;
        while (into.hasRemaining()) {
            int n = channel.read(into, at);
            if (n < 0) {
                into.put(new byte[into.remaining()]);
                return;
            }
            at += n;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
