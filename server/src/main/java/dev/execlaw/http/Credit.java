package dev.execlaw.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many bytes a console viewer may still be sent: those it was sent and has not acknowledged never exceed the
 * window. Bytes that were skipped need no acknowledgement. Any thread may use it.
 */
final class Credit {

    /** Bytes that may be under way, 256 KiB. */
    static final int WINDOW = 256 << 10;

    /** Stretches sent and not acknowledged, in order, with gaps where bytes were skipped. */
    private final Deque<Stretch> open = new ArrayDeque<>();

    private int outstanding;
    private boolean closed;

    private record Stretch(long begin, long end) {}

    /** Waits until at least one byte may be sent or the time is over; returns how many may be. */
    synchronized int await(Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        while (outstanding >= WINDOW && !closed) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return 0;
            }
            wait(left);
        }
        return WINDOW - outstanding;
    }

    /** Bytes {@code begin} to {@code begin + count} are sent. */
    synchronized void sent(long begin, int count) {
        Stretch last = open.peekLast();
        if (last != null && last.end() == begin) {
            open.pollLast();
            open.addLast(new Stretch(last.begin(), begin + count));
        } else {
            open.addLast(new Stretch(begin, begin + count));
        }
        outstanding += count;
    }

    /** The viewer has taken everything before this offset. */
    synchronized void acknowledge(long offset) {
        for (Stretch first = open.peekFirst(); first != null && first.begin() < offset; first = open.peekFirst()) {
            open.pollFirst();
            long end = Math.min(first.end(), offset);
            outstanding -= Math.toIntExact(end - first.begin());
            if (end < first.end()) {
                open.addFirst(new Stretch(end, first.end()));
            }
        }
        notifyAll();
    }

    /** Wakes who waits: there will be no more acknowledgements. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
