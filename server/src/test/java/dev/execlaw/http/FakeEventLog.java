package dev.execlaw.http;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.EventPayload;
import dev.execlaw.store.Change;
import dev.execlaw.store.EventRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** A log in memory that behaves as its interface promises. */
final class FakeEventLog implements EventLog {

    private final List<Event> events = new ArrayList<>();
    private final Lock grown = new ReentrantLock();
    private final Condition growth = grown.newCondition();
    private final Map<String, Long> seqs = new HashMap<>();

    @Override
    public Event append(String session, EventPayload payload) {
        Event event = add(session, payload);
        grown.lock();
        try {
            growth.signalAll();
        } finally {
            grown.unlock();
        }
        return event;
    }

    private synchronized Event add(String session, EventPayload payload) {
        long seq = seqs.merge(session, 1L, Long::sum);
        Event event = new Event(events.size() + 1L, session, seq, Instant.parse("2026-01-02T03:04:05.678Z"), payload);
        events.add(event);
        return event;
    }

    @Override
    public Event append(String session, EventPayload payload, Change with) {
        throw new UnsupportedOperationException("there is no store beside this log");
    }

    @Override
    public void appendLater(String session, EventPayload payload) {
        append(session, payload);
    }

    @Override
    public synchronized List<Event> page(String session, long after, int limit) {
        return events.stream()
                .filter(event -> event.session().equals(session) && event.seq() > after)
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<Event> after(long cursor, int limit) {
        int from = (int) Math.min(cursor, events.size());
        return List.copyOf(events.subList(from, Math.min(events.size(), from + limit)));
    }

    @Override
    public synchronized long head() {
        return events.size();
    }

    @Override
    public long last(String session) {
        return page(session, 0, Integer.MAX_VALUE).stream()
                .mapToLong(Event::seq)
                .max()
                .orElse(0);
    }

    @Override
    public void written(EventRow row) {
        throw new UnsupportedOperationException("nobody forks here: " + row);
    }

    @Override
    public boolean await(long cursor, Duration timeout) throws InterruptedException {
        grown.lock();
        try {
            long left = timeout.toNanos();
            while (head() <= cursor && left > 0) {
                left = growth.awaitNanos(left);
            }
            return head() > cursor;
        } finally {
            grown.unlock();
        }
    }

    @Override
    public void deleteSession(String session) {
        append(session, new EventPayload.SessionDeleted());
    }
}
