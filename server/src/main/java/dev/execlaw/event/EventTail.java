package dev.execlaw.event;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The newest events in memory, so that viewers who keep up never reach the database, and the signal that there are new
 * ones. Bounded in number and in characters. Any thread may use it.
 */
final class EventTail {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final int maxEvents;
    private final long maxChars;
    private final Deque<Entry> entries = new ArrayDeque<>();

    /** Everything after this cursor is in memory. */
    private long start;

    private long head;
    private long chars;

    EventTail(long head, int maxEvents, long maxChars) {
        this.head = head;
        this.start = head;
        this.maxEvents = maxEvents;
        this.maxChars = maxChars;
    }

    private record Entry(Event event, int chars) {}

    /** Adds the next event; called in the order of commits. */
    void add(Event event, int length) {
        lock.lock();
        try {
            entries.addLast(new Entry(event, length));
            chars += length;
            head = event.cursor();
            while (entries.size() > maxEvents || (chars > maxChars && entries.size() > 1)) {
                Entry dropped = entries.removeFirst();
                chars -= dropped.chars;
                start = dropped.event.cursor();
            }
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a session's events; cursors of others stay as they are. */
    void forget(String session) {
        lock.lock();
        try {
            entries.removeIf(entry -> entry.event.session().equals(session));
            chars = entries.stream().mapToLong(Entry::chars).sum();
        } finally {
            lock.unlock();
        }
    }

    /** Events after a cursor, or nothing when some of them are no longer in memory. */
    Optional<List<Event>> after(long cursor, int limit) {
        lock.lock();
        try {
            if (cursor < start) {
                return Optional.empty();
            }
            List<Event> found = new ArrayList<>();
            var newestFirst = entries.descendingIterator();
            while (newestFirst.hasNext()) {
                Event event = newestFirst.next().event;
                if (event.cursor() <= cursor) {
                    break;
                }
                found.add(event);
            }
            List<Event> inOrder = found.reversed();
            return Optional.of(List.copyOf(inOrder.subList(0, Math.min(limit, inOrder.size()))));
        } finally {
            lock.unlock();
        }
    }

    long head() {
        lock.lock();
        try {
            return head;
        } finally {
            lock.unlock();
        }
    }

    boolean await(long cursor, Duration timeout) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = timeout.toNanos();
            while (head <= cursor && left > 0) {
                left = grown.awaitNanos(left);
            }
            return head > cursor;
        } finally {
            lock.unlock();
        }
    }
}
