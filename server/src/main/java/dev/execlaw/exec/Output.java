package dev.execlaw.exec;

import java.io.IOException;
import java.io.InputStream;

/** Hands one output of a command on, up to a limit, and drains the rest. Used by one thread. */
final class Output {

    private static final int PIECE = 16 * 1024;

    private final InputStream from;
    private final long limit;
    private final Taker to;

    // Read by the execution's thread after the end.
    private volatile boolean truncated;

    Output(InputStream from, long limit, Taker to) {
        this.from = from;
        this.limit = limit;
        this.to = to;
    }

    /** Where the bytes go. */
    @FunctionalInterface
    interface Taker {
        void take(byte[] bytes) throws IOException;
    }

    /** Reads to the end. */
    void pump() throws IOException {
        byte[] buffer = new byte[PIECE];
        long left = limit;
        int count = from.read(buffer);
        while (count >= 0) {
            int taken = (int) Math.min(count, left);
            if (taken > 0) {
                byte[] piece = new byte[taken];
                System.arraycopy(buffer, 0, piece, 0, taken);
                to.take(piece);
            }
            left -= taken;
            truncated |= taken < count;
            count = from.read(buffer);
        }
    }

    boolean truncated() {
        return truncated;
    }
}
