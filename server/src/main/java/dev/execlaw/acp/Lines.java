package dev.execlaw.acp;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a stream, read by a thread of its own, so that who takes them can do something else while none comes. A few
 * are read ahead, no more. One thread takes; any closes.
 */
final class Lines implements AutoCloseable {

    private static final int AHEAD = 4;

    private final InputStream in;
    private final int longest;
    private final BlockingQueue<Next> read = new ArrayBlockingQueue<>(AHEAD);
    private final Thread reader;

    /** @param longest bytes of a line that is read whole */
    Lines(InputStream in, int longest) {
        this.in = in;
        this.longest = longest;
        this.reader = Thread.ofVirtual().name("acp-lines").start(this::run);
    }

    /** What comes next. */
    sealed interface Next {

        /** A line, without its end. */
        record Line(String text) implements Next {}

        /** A line of so many bytes was passed over. */
        record TooLong(long bytes) implements Next {}

        /** The stream's end is {@link EOFException}, and {@code rest} what it ended with. */
        record End(IOException why, String rest) implements Next {}
    }

    /** What comes within so many nanoseconds; null when nothing does. Not called again after an end. */
    @Nullable
    Next next(long nanos) throws InterruptedIOException {
        try {
            return read.poll(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while an agent was listened to");
        }
    }

    /** Nobody takes any more. */
    @Override
    public void close() {
        reader.interrupt();
    }

    private void run() {
        Line line = new Line();
        byte[] some = new byte[16 << 10];
        try {
            try {
                for (int n = in.read(some); n >= 0; n = in.read(some)) {
                    take(some, n, line);
                }
                read.put(new Next.End(new EOFException("end of the stream"), line.text()));
            } catch (IOException e) {
                read.put(new Next.End(e, line.text()));
            }
        } catch (InterruptedException _) {
            // Closed: nobody takes any more.
        }
    }

    private void take(byte[] some, int n, Line line) throws InterruptedException {
        int from = 0;
        for (int i = 0; i < n; i++) {
            if (some[i] == '\n') {
                line.add(some, from, i - from);
                read.put(line.finish());
                from = i + 1;
            }
        }
        line.add(some, from, n - from);
    }

    /** The line that is being read. */
    private final class Line {
        private ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private long length;

        void add(byte[] some, int from, int count) {
            length += count;
            if (length > longest) {
                bytes = new ByteArrayOutputStream(); // what was read of it need not be kept
            } else {
                bytes.write(some, from, count);
            }
        }

        Next finish() {
            Next next = length > longest ? new Next.TooLong(length) : new Next.Line(text());
            bytes = new ByteArrayOutputStream();
            length = 0;
            return next;
        }

        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
