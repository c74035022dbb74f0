package dev.execlaw.http;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.EventPayload;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A log in memory that behaves as its interface promises. */
final class FakeEventLog implements EventLog {

    private final List<Event> events = new ArrayList<>();
    private final Map<String, Long> seqs = new HashMap<>();

    @Override
    public synchronized Event append(String session, EventPayload payload) {
        long seq = seqs.merge(session, 1L, Long::sum);
        Event event = new Event(events.size() + 1L, session, seq, Instant.parse("2026-01-02T03:04:05.678Z"), payload);
        events.add(event);
        notifyAll();
        return event;
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
    public synchronized boolean await(long cursor, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (head() <= cursor) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    @Override
    public synchronized void deleteSession(String session) {
        append(session, new EventPayload.SessionDeleted());
    }
}
