package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.linux.OpenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bytes to and from the program at the guest's wake-up port, until a deadline. Closing it from another thread ends a read
 * or write that waits, with an AsynchronousCloseException.
 */
final class WakeChannel implements ByteChannel {

    private static final int MOST = 64 * 1024;

    private final OpenFile toGuest;
    private final OpenFile fromGuest;
    private final long until;
    private final Runnable closed;
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    /** Each held by the one who reads or writes: a descriptor must not be closed while it is waited for. */
    private final Lock reading = new ReentrantLock();

    private final Lock writing = new ReentrantLock();

    private WakeChannel(OpenFile toGuest, OpenFile fromGuest, Duration deadline, Runnable closed) {
        this.toGuest = toGuest;
        this.fromGuest = fromGuest;
        this.until = System.nanoTime() + deadline.toNanos();
        this.closed = closed;
    }

    /**
     * Opens it.
     *
     * @param closed is run once when it is closed
     */
    static WakeChannel open(WakeFiles files, Duration deadline, Runnable closed) throws IOException {
        OpenFile toGuest = OpenFile.fifo(files.toGuest());
        try {
            OpenFile fromGuest = OpenFile.fifo(files.fromGuest());
            // What the guest said to someone before.
            byte[] stale = new byte[MOST];
            while (fromGuest.readNow(stale) > 0) {}
            return new WakeChannel(toGuest, fromGuest, deadline, closed);
        } catch (IOException e) {
            toGuest.close();
            throw e;
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        byte[] bytes = new byte[Math.min(MOST, target.remaining())];
        reading.lock();
        try {
            while (true) {
                int n = live(fromGuest).readNow(bytes);
                if (n > 0) {
                    target.put(bytes, 0, n);
                    return n;
                }
                await(fromGuest.readable(), "the guest said nothing at its wake-up port in time");
            }
        } finally {
            reading.unlock();
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int all = source.remaining();
        byte[] bytes = new byte[all];
        source.get(bytes);
        int done = 0;
        writing.lock();
        try {
            while (done < all) {
                int n = live(toGuest).writeNow(bytes, done, Math.min(MOST, all - done));
                done += n;
                if (n == 0) {
                    await(toGuest.writable(), "the guest took no more at its wake-up port in time");
                }
            }
            return all;
        } finally {
            writing.unlock();
        }
    }

    private OpenFile live(OpenFile file) throws ClosedChannelException {
        if (end.isDone()) {
            throw new ClosedChannelException();
        }
        return file;
    }

    private void await(CompletableFuture<Void> ready, String late) throws IOException {
        try {
            CompletableFuture.anyOf(ready, end).get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IOException(late, e);
        } catch (ExecutionException e) {
            throw new IOException("waiting at the wake-up port failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted at the wake-up port", e);
        } finally {
            ready.cancel(false);
        }
        if (end.isDone()) {
            throw new AsynchronousCloseException();
        }
    }

    @Override
    public boolean isOpen() {
        return !end.isDone();
    }

    @Override
    public void close() {
        if (end.complete(null)) {
            close(fromGuest, reading);
            close(toGuest, writing);
            closed.run();
        }
    }

    private static void close(OpenFile file, Lock lock) {
        lock.lock();
        try {
            file.close();
        } finally {
            lock.unlock();
        }
    }
}
