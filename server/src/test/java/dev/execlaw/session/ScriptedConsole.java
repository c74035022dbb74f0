package dev.execlaw.session;

import dev.execlaw.microvm.console.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** A double of a console: the test is the guest. Output is also in the file where a driver would keep it. */
final class ScriptedConsole implements Console {

    private final Path log;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private byte[] bytes;
    private boolean ended;
    private volatile Consumer<String> typed = _ -> {};

    ScriptedConsole(Path log) throws IOException {
        this.log = log;
        this.bytes = Files.exists(log) ? Files.readAllBytes(log) : new byte[0];
    }

    /** Who gets what is typed, on the typist's thread. */
    void onInput(Consumer<String> guest) {
        typed = guest;
    }

    void guestWrites(String text) {
        byte[] more = text.getBytes(StandardCharsets.UTF_8);
        lock.lock();
        try {
            Files.write(log, more, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            byte[] all = Arrays.copyOf(bytes, bytes.length + more.length);
            System.arraycopy(more, 0, all, bytes.length, more.length);
            bytes = all;
            grown.signalAll();
        } catch (NoSuchFileException _) {
            // The machine's directory is gone, and with it whoever could read this.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    /** All that was ever written. */
    byte[] bytes() {
        lock.lock();
        try {
            return bytes.clone();
        } finally {
            lock.unlock();
        }
    }

    /** No more output: the VMM is gone. */
    void finish() {
        lock.lock();
        try {
            ended = true;
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long begin() {
        return 0;
    }

    @Override
    public long end() {
        lock.lock();
        try {
            return bytes.length;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void write(byte[] input) throws IOException {
        if (ended) {
            throw new IOException("the console has ended");
        }
        typed.accept(new String(input, StandardCharsets.US_ASCII));
    }

    @Override
    public String tail(int max) {
        lock.lock();
        try {
            return new String(
                    bytes, Math.max(0, bytes.length - max), Math.min(max, bytes.length), StandardCharsets.UTF_8);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Reader reader(long offset) {
        return new Reader() {
            private long at = offset;

            @Override
            public long offset() {
                return at;
            }

            @Override
            public int read(byte[] buffer, Duration wait) throws InterruptedException {
                lock.lockInterruptibly();
                try {
                    long left = wait.toNanos();
                    while (at >= bytes.length && !ended && left > 0) {
                        left = grown.awaitNanos(left);
                    }
                    int count = (int) Math.min(buffer.length, bytes.length - at);
                    if (count == 0) {
                        return ended ? -1 : 0;
                    }
                    System.arraycopy(bytes, (int) at, buffer, 0, count);
                    at += count;
                    return count;
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public void close() {}
        };
    }
}
