package dev.execlaw.microvm.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads one output of a child to its end and keeps a bounded part of it: the head (standard output, where a missing end
 * is an error) or the tail (standard error, where the end tells why). One thread runs it, any thread asks for the text.
 */
final class Capture implements Runnable {

    /** Which part is kept when there is more than the limit. */
    enum Keep {
        HEAD,
        TAIL
    }

    private final InputStream stream;
    private final Keep keep;
    private final int limit;
    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private byte[] kept = new byte[0];
    private long total;
    private @Nullable IOException failure;

    Capture(InputStream stream, Keep keep, int limit, Consumer<String> lines) {
        this.stream = stream;
        this.keep = keep;
        this.limit = limit;
        this.lines = lines;
    }

    @Override
    public void run() {
        byte[] buffer = new byte[8192];
        try (stream) {
            int n = stream.read(buffer);
            while (n >= 0) {
                add(buffer, n);
                splitLines(buffer, n);
                n = stream.read(buffer);
            }
        } catch (IOException e) {
            fail(e);
        }
        endLine();
    }

    synchronized String text() {
        return new String(kept, StandardCharsets.UTF_8);
    }

    synchronized boolean overflowed() {
        return total > limit;
    }

    synchronized @Nullable IOException failure() {
        return failure;
    }

    private synchronized void fail(IOException e) {
        failure = e;
    }

    private synchronized void add(byte[] buffer, int n) {
        total += n;
        int room = keep == Keep.HEAD ? Math.min(n, limit - kept.length) : n;
        byte[] joined = Arrays.copyOf(kept, kept.length + room);
        System.arraycopy(buffer, 0, joined, kept.length, room);
        kept = joined.length <= limit ? joined : Arrays.copyOfRange(joined, joined.length - limit, joined.length);
    }

    private void splitLines(byte[] buffer, int n) {
        for (int i = 0; i < n; i++) {
            if (buffer[i] == '\n' || buffer[i] == '\r') {
                endLine();
            } else if (line.size() < limit) {
                line.write(buffer[i]);
            }
        }
    }

    private void endLine() {
        if (line.size() > 0) {
            lines.accept(line.toString(StandardCharsets.UTF_8));
            line.reset();
        }
    }
}
