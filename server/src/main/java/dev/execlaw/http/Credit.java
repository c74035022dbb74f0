package dev.execlaw.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many bytes a console viewer may still be sent: those it was sent and has not acknowledged never exceed the
 * window. Bytes that were skipped need no acknowledgement. Any thread may use it.
 */
final class Credit {

    /** Bytes that may be under way, 256 KiB. */
    static final int WINDOW = 256 << 10;

    // Not a monitor: Object.wait may pin a virtual thread to its carrier.
    private final Lock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();

    /** Stretches sent and not acknowledged, in order, with gaps where bytes were skipped. */
    private final Deque<Stretch> open = new ArrayDeque<>();

    private int outstanding;
    private boolean closed;

    private record Stretch(long begin, long end) {}

    /** Waits until at least one byte may be sent or the time is over; returns how many may be. */
    int await(Duration wait) throws InterruptedException {
        lock.lock();
        try {
            long left = wait.toNanos();
            while (outstanding >= WINDOW && !closed && left > 0) {
                left = more.awaitNanos(left);
            }
            return WINDOW - outstanding;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes {@code begin} to {@code begin + count} are sent. */
    void sent(long begin, int count) {
        lock.lock();
        try {
            Stretch last = open.peekLast();
            boolean follows = last != null && last.end() == begin;
            open.addLast(new Stretch(follows ? open.removeLast().begin() : begin, begin + count));
            outstanding += count;
        } finally {
            lock.unlock();
        }
    }

    /** The viewer has taken everything before this offset. */
    void acknowledge(long offset) {
        lock.lock();
        try {
            for (Stretch first = open.peekFirst(); first != null && first.begin() < offset; first = open.peekFirst()) {
                open.pollFirst();
                long end = Math.min(first.end(), offset);
                outstanding -= Math.toIntExact(end - first.begin());
                if (end < first.end()) {
                    open.addFirst(new Stretch(end, first.end()));
                }
            }
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Wakes who waits: there will be no more acknowledgements. */
    void close() {
        lock.lock();
        try {
            closed = true;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
