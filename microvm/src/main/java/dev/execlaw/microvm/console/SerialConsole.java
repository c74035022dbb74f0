package dev.execlaw.microvm.console;

import dev.execlaw.microvm.linux.Inotify;
import dev.execlaw.microvm.linux.OpenFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A console over two files: what the guest writes is an append-only file that the VMM writes, what it reads is a FIFO.
 * Both outlive this process; opened again, offsets go on. The file is followed by the kernel's notice of each write,
 * never by polling. The newest bytes are also held in a ring, so viewers near the end cost no system call.
 *
 * <p>Offset = position in the file. What is given up becomes a hole, so the oldest offset is where the data begins.
 */
public final class SerialConsole implements Console, AutoCloseable {

    private static final int RING = 64 * 1024;
    private static final int PAGE = 4096;

    private final OpenFile log;
    private final @Nullable ConsoleInput input;
    private final long kept;
    private final byte[] pump = new byte[RING];
    private final Ring ring;
    private final Inotify.Watch watch;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean ended;
    private @Nullable IOException failure;

    /** Volatile: readers check after a read from the file whether it was given up under them. */
    private volatile long begin;

    private SerialConsole(Path log, @Nullable ConsoleInput input, long kept) throws IOException {
        this.input = input;
        this.kept = kept;
        this.log = OpenFile.readWrite(log);
        long size = this.log.length();
        this.begin = this.log.firstData(size);
        this.ring = new Ring(RING, Math.max(begin, size - RING));
        this.watch = Inotify.written(log, this::grown);
        grown();
    }

    /**
     * Opens the console of a machine.
     *
     * @param log what the guest wrote; must exist
     * @param fifo what the guest reads; must exist
     * @param kept how many bytes at the end of the log keep their disk space, at least 64 KiB
     */
    public static SerialConsole open(Path log, Path fifo, long kept) throws IOException {
        if (kept < RING) {
            throw new IllegalArgumentException("kept is " + kept + " bytes, it must be at least " + RING);
        }
        ConsoleInput input = new ConsoleInput(fifo);
        try {
            return new SerialConsole(log, input, kept);
        } catch (IOException | RuntimeException e) {
            input.close();
            throw e;
        }
    }

    /** Opens what the console of an ended machine left behind, for reading. */
    public static SerialConsole ofEnded(Path log) throws IOException {
        SerialConsole console = new SerialConsole(log, null, Long.MAX_VALUE);
        console.finish();
        return console;
    }

    @Override
    public long begin() {
        return begin;
    }

    @Override
    public long end() {
        lock.lock();
        try {
            return ring.end();
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IOException when the guest did not read for 10 s and its 64 KiB of unread input are full, or it has ended
     */
    @Override
    public void write(byte[] bytes) throws IOException {
        if (input == null || hasEnded()) {
            throw new IOException("the console has ended; start the machine to write to it");
        }
        input.write(bytes);
    }

    @Override
    public String tail(int max) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ConsoleParser parser = new ConsoleParser(new ConsoleTokens() {
            @Override
            public void text(byte[] bytes) {
                text.writeBytes(bytes);
            }
        });
        byte[] newest = new byte[RING];
        int count;
        lock.lock();
        try {
            count = ring.copy(ring.begin(), newest);
        } finally {
            lock.unlock();
        }
        parser.accept(newest, 0, count);
        byte[] all = text.toByteArray();
        int from = Math.max(0, all.length - max);
        while (from > 0 && from < all.length && (all[from] & 0xc0) == 0x80) {
            from++;
        }
        return new String(all, from, all.length - from, StandardCharsets.UTF_8).replace("\r", "");
    }

    @Override
    public Reader reader(long offset) {
        return new Viewer(Math.max(offset, begin));
    }

    /** The VMM is gone: nothing will come any more. Readers get what is there, then the end. */
    public void finish() {
        watch.close();
        grown();
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the console and lets go of its files; readers get the end. */
    @Override
    public void close() {
        finish();
        if (input != null) {
            input.close();
        }
        log.close();
    }

    private boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** Takes in what was written since. Runs on the notifier's thread, and once more at the end. */
    private void grown() {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            int n = log.readAt(ring.end(), pump);
            while (n > 0) {
                ring.append(pump, 0, n);
                giveUpOld();
                n = log.readAt(ring.end(), pump);
            }
        } catch (IOException e) {
            failure = e;
        } finally {
            changed.signalAll();
            lock.unlock();
        }
    }

    private void giveUpOld() throws IOException {
        long surplus = ring.end() - begin - kept;
        if (surplus >= Math.max(PAGE, kept / 16)) {
            long from = begin;
            // First said, then done: who reads meanwhile sees that it is gone.
            begin = (from + surplus) / PAGE * PAGE;
            log.punchHole(from / PAGE * PAGE, begin - from / PAGE * PAGE);
        }
    }

    /** One viewer. */
    private final class Viewer implements Reader {

        private long offset;

        Viewer(long offset) {
            this.offset = offset;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public int read(byte[] buffer, Duration wait) throws IOException, InterruptedException {
            lock.lockInterruptibly();
            try {
                long nanos = wait.toNanos();
                while (offset >= ring.end() && !ended && failure == null && nanos > 0) {
                    nanos = changed.awaitNanos(nanos);
                }
                if (offset >= ring.end()) {
                    if (failure != null) {
                        throw new IOException("the console's log cannot be read", failure);
                    }
                    return ended ? -1 : 0;
                }
                if (offset >= ring.begin()) {
                    int n = ring.copy(offset, buffer);
                    offset += n;
                    return n;
                }
            } finally {
                lock.unlock();
            }
            return readOld(buffer);
        }

        private int readOld(byte[] buffer) throws IOException {
            while (true) {
                offset = Math.max(offset, begin);
                int n = log.readAt(offset, buffer);
                if (offset >= begin) {
                    offset += n;
                    return n;
                }
            }
        }

        @Override
        public void close() {}
    }
}
