package dev.execlaw.web.stub;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A serial console: all its bytes, kept. Any thread may use it. */
final class StubConsole {

    private final Bytes bytes = new Bytes();
    private boolean ended;

    synchronized void print(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        notifyAll();
    }

    synchronized void end() {
        ended = true;
        notifyAll();
    }

    synchronized void restart() {
        ended = false;
        bytes.reset();
    }

    synchronized boolean ended() {
        return ended;
    }

    synchronized int size() {
        return bytes.size();
    }

    /** Up to {@code limit} bytes from the offset, waiting shortly where there are none. */
    synchronized byte[] read(int offset, int limit) throws InterruptedException {
        long end = System.nanoTime() + 500_000_000L;
        while (limit > 0 && bytes.size() <= offset && !ended && System.nanoTime() < end) {
            wait(100);
        }
        return bytes.copy(offset, Math.max(0, Math.min(limit, bytes.size() - offset)));
    }

    private static final class Bytes extends ByteArrayOutputStream {
        byte[] copy(int offset, int count) {
            return count == 0 ? new byte[0] : Arrays.copyOfRange(buf, offset, offset + count);
        }
    }

    /** A line as a shell would answer it; enough to see that keys arrive. */
    void type(String input) {
        for (int i = 0; i < input.length(); i++) {
            char c = input.charAt(i);
            print(c == '\r' ? "\r\n$ " : c == 3 ? "^C\r\n$ " : String.valueOf(c));
        }
    }
}
