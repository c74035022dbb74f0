package dev.execlaw.microvm.image.source;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file on its way: {@code NAME.part}, locked, with {@code NAME.part.from} beside it that says which version of which
 * address its bytes are, so that a later download goes on where this one broke off. One thread.
 */
final class PartFile implements AutoCloseable {

    private final Path target;
    private final Path part;
    private final Path origin;
    private final FileChannel channel;
    private @Nullable String validator;
    private boolean keep;

    private PartFile(Path target, Path part, Path origin, FileChannel channel) {
        this.target = target;
        this.part = part;
        this.origin = origin;
        this.channel = channel;
    }

    /** Opens the part file of a target; what is left of an earlier download of the same address is taken over. */
    static PartFile open(Path target, URI uri) throws IOException {
        Files.createDirectories(directoryOf(target));
        Path part = target.resolveSibling(target.getFileName() + ".part");
        Path origin = target.resolveSibling(target.getFileName() + ".part.from");
        FileChannel channel = FileChannel.open(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
        try {
            lock(channel, part);
            PartFile file = new PartFile(target, part, origin, channel);
            file.takeOver(uri);
            return file;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    long size() throws IOException {
        return channel.size();
    }

    /** The strong entity tag of the bytes that are there, or null when the server gave none. */
    @Nullable
    String validator() {
        return validator;
    }

    /** Throws away the bytes that are there and notes of which version the next ones are. */
    void restart(URI uri, @Nullable String newValidator) throws IOException {
        channel.truncate(0);
        validator = newValidator;
        Files.writeString(origin, uri + "\n" + (newValidator == null ? "" : newValidator) + "\n");
    }

    void append(ByteBuffer bytes) throws IOException {
        long at = channel.size();
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** The first bytes, for a look at what this is. */
    byte[] head() throws IOException {
        ByteBuffer head = ByteBuffer.allocate((int) Math.min(channel.size(), FileKind.HEAD_BYTES));
        for (int at = 0; head.hasRemaining(); at = head.position()) {
            if (channel.read(head, at) < 0) {
                break;
            }
        }
        return head.array();
    }

    Path directory() throws SourceException {
        return directoryOf(target);
    }

    Path path() {
        return part;
    }

    /** Leaves the bytes for a later download to go on with, where that can be done safely. */
    void keep(boolean verifiable) throws IOException {
        keep = channel.size() > 0 && (validator != null || verifiable);
    }

    boolean kept() {
        return keep;
    }

    /** Puts the file in its place: complete on the disk first, then visible under its name. */
    void publish() throws IOException {
        channel.force(true);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(origin);
        try (FileChannel directory = FileChannel.open(directory(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        if (!keep) {
            Files.deleteIfExists(part);
            Files.deleteIfExists(origin);
        }
        channel.close();
    }

    private void takeOver(URI uri) throws IOException {
        List<String> from = Files.exists(origin) ? Files.readAllLines(origin) : List.of();
        if (from.size() == 2 && from.getFirst().equals(uri.toString())) {
            validator = from.get(1).isEmpty() ? null : from.get(1);
        } else {
            restart(uri, null);
        }
    }

    private static Path directoryOf(Path target) throws SourceException {
        Path directory = target.toAbsolutePath().getParent();
        if (directory == null) {
            throw new SourceException(target + " is no place for a file");
        }
        return directory;
    }

    private static void lock(FileChannel channel, Path part) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw busy(part, e);
        }
        if (lock == null) {
            throw busy(part, null);
        }
    }

    private static SourceException busy(Path part, @Nullable Throwable cause) {
        String message = "another download writes " + part + ": wait for its end and try again";
        return cause == null ? new SourceException(message) : new SourceException(message, cause);
    }
}
