package dev.execlaw.cli;

import dev.execlaw.config.DataDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One daemon for one data directory. The kernel frees the lock when its process ends, however it ends. */
final class DataLock implements AutoCloseable {

    private final FileChannel channel;
    private final FileLock lock;

    private DataLock(FileChannel channel, FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes the lock of an existing data directory.
     *
     * @throws CliException naming the process that holds it
     */
    static DataLock take(DataDirectory data) throws IOException {
        Path file = data.root().resolve("lock");
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE), owner);
        FileLock lock = tryLock(channel);
        if (lock == null) {
            channel.close();
            throw held(data, Files.readString(file).strip());
        }
        channel.truncate(0);
        channel.write(
                ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
        return new DataLock(channel, lock);
    }

    /** Fails as {@link #take} does when another process holds the lock, and makes nothing. */
    static void refuseIfHeld(DataDirectory data) throws IOException {
        if (Files.isWritable(data.root().resolve("lock"))) {
            take(data).close();
        }
    }

    @Override
    public void close() throws IOException {
        lock.release();
        channel.close();
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null; // held by this very process
        }
    }

    private static CliException held(DataDirectory data, String pid) {
        return new CliException(
                "the data directory " + data.root() + " is in use by the ExeClaw with process id " + pid,
                "open its page with `execlaw open`, stop it with `kill " + pid + "`, or give another --data-dir");
    }
}
