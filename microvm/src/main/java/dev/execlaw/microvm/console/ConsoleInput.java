package dev.execlaw.microvm.console;

import dev.execlaw.microvm.linux.OpenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/** The way into the guest: a FIFO, opened for both ways, written by one caller at a time and never for ever. */
final class ConsoleInput implements AutoCloseable {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final OpenFile fifo;
    private final Duration deadline;
    private final ReentrantLock turn = new ReentrantLock(true);

    ConsoleInput(Path fifo) throws IOException {
        this(fifo, DEADLINE);
    }

    ConsoleInput(Path fifo, Duration deadline) throws IOException {
        this.fifo = OpenFile.fifo(fifo);
        this.deadline = deadline;
    }

    /**
     * Writes all bytes, in one piece among the writers.
     *
     * @throws IOException when the guest does not read them in time; the message says how many went
     */
    void write(byte[] bytes) throws IOException {
        long until = System.nanoTime() + deadline.toNanos();
        try {
            if (!turn.tryLock(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                throw late(0, bytes.length);
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        try {
            int done = fifo.writeNow(bytes, 0, bytes.length);
            while (done < bytes.length) {
                awaitRoom(until, done, bytes.length);
                done += fifo.writeNow(bytes, done, bytes.length - done);
            }
        } finally {
            turn.unlock();
        }
    }

    private void awaitRoom(long until, int done, int length) throws IOException {
        CompletableFuture<Void> writable = fifo.writable();
        try {
            writable.get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw late(done, length);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw new IOException("waiting for room in the console's input", e.getCause());
        } finally {
            writable.cancel(false);
        }
    }

    private IOException late(int done, int length) {
        return new IOException("the guest read no console input for " + deadline.toSeconds() + " s; " + done + " of "
                + length + " bytes were taken; the program in the guest may hang");
    }

    private static IOException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted while writing to the console", cause);
    }

    @Override
    public void close() {
        fifo.close();
    }
}
