package dev.execlaw.http;

import dev.execlaw.microvm.console.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** A console in memory that behaves as its interface promises. */
final class FakeConsole implements Console {

    private byte[] bytes = new byte[0];
    private long begin;
    private boolean ended;
    private final ByteArrayOutputStream typed = new ByteArrayOutputStream();

    /** The guest writes. */
    synchronized void print(byte[] more) {
        int end = bytes.length;
        bytes = Arrays.copyOf(bytes, end + more.length);
        System.arraycopy(more, 0, bytes, end, more.length);
        notifyAll();
    }

    /** Everything before this offset is given up. */
    synchronized void giveUp(long offset) {
        begin = offset;
    }

    /** The machine is gone. */
    synchronized void finish() {
        ended = true;
        notifyAll();
    }

    synchronized byte[] typed() {
        return typed.toByteArray();
    }

    @Override
    public synchronized long begin() {
        return begin;
    }

    @Override
    public synchronized long end() {
        return bytes.length;
    }

    @Override
    public synchronized void write(byte[] input) throws IOException {
        if (ended) {
            throw new IOException("the machine has ended");
        }
        typed.writeBytes(input);
    }

    @Override
    public synchronized String tail(int max) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public Reader reader(long offset) {
        return new FakeReader(Math.max(offset, begin()));
    }

    private final class FakeReader implements Reader {
        private long offset;

        private FakeReader(long offset) {
            this.offset = offset;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public int read(byte[] buffer, Duration wait) throws InterruptedException {
            synchronized (FakeConsole.this) {
                long deadline = System.nanoTime() + wait.toNanos();
                while (offset >= bytes.length && !ended) {
                    long left = (deadline - System.nanoTime() + 999_999) / 1_000_000;
                    if (left <= 0) {
                        return 0;
                    }
                    FakeConsole.this.wait(left);
                }
                if (offset >= bytes.length) {
                    return -1;
                }
                offset = Math.max(offset, begin);
                int count = (int) Math.min(buffer.length, bytes.length - offset);
                System.arraycopy(bytes, (int) offset, buffer, 0, count);
                offset += count;
                return count;
            }
        }

        @Override
        public void close() {}
    }
}
