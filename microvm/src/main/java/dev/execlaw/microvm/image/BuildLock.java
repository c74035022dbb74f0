package dev.execlaw.microvm.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One build at a time in a directory, over all processes. The kernel gives the lock back when its owner dies, so
 * whoever holds it knows that everything lying in the directory is of the dead.
 */
public final class BuildLock implements AutoCloseable {

    private static final String FILE = "build.lock";

    /** File locks exclude processes, not threads of one process. */
    private static final ReentrantLock THIS_PROCESS = new ReentrantLock();

    private final FileChannel channel;

    private BuildLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock, waiting for a build that runs. The same thread gives it back.
     *
     * @param work where builds happen; exists
     */
    public static BuildLock take(Path work, Duration wait, Progress progress) throws IOException, InterruptedException {
        Path file = work.resolve(FILE);
        if (!THIS_PROCESS.tryLock(wait.toSeconds(), TimeUnit.SECONDS)) {
            throw late(file, wait);
        }
        boolean taken = false;
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                progress.note("waiting for the build of process "
                        + Files.readString(file).strip());
                await(channel, file, wait);
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            taken = true;
            return new BuildLock(channel);
        } finally {
            if (!taken) {
                if (channel != null) {
                    channel.close();
                }
                THIS_PROCESS.unlock();
            }
        }
    }

    /** Takes the lock if no build runs. */
    public static Optional<BuildLock> takeIfFree(Path work) throws IOException {
        if (!THIS_PROCESS.tryLock()) {
            return Optional.empty();
        }
        boolean taken = false;
        FileChannel channel = null;
        try {
            channel = FileChannel.open(work.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            taken = channel.tryLock() != null;
            return taken ? Optional.of(new BuildLock(channel)) : Optional.empty();
        } finally {
            if (!taken) {
                if (channel != null) {
                    channel.close();
                }
                THIS_PROCESS.unlock();
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        THIS_PROCESS.unlock();
    }

    private static void await(FileChannel channel, Path file, Duration wait) throws IOException, InterruptedException {
        FutureTask<FileLock> lock = new FutureTask<>(channel::lock);
        Thread.ofPlatform().daemon(true).name("build-lock").start(lock);
        try {
            lock.get(wait.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw late(file, wait);
        } catch (ExecutionException e) {
            throw new ImageException("cannot lock " + file + ": " + e.getCause(), e);
        }
    }

    private static ImageException late(Path file, Duration wait) throws IOException {
        return new ImageException(
                "another build (process " + Files.readString(file).strip() + ") is still running" + " after "
                        + wait.toMinutes() + " minutes; wait for it or end it");
    }
}
