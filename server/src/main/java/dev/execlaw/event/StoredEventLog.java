package dev.execlaw.event;

import dev.execlaw.store.Change;
import dev.execlaw.store.EventRow;
import dev.execlaw.store.EventTable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/**
 * The log in SQLite, with its newest part in memory. Becoming visible is one step of the store's writer thread after
 * the commit, so readers see events in the order of commits and never one that could still be lost in a crash.
 */
public final class StoredEventLog implements EventLog {

    private static final int TAIL_EVENTS = 4096;
    private static final long TAIL_CHARS = 4L << 20;

    private final EventTable table;
    private final InstantSource clock;
    private final EventTail tail;

    public StoredEventLog(EventTable table, InstantSource clock) {
        this.table = table;
        this.clock = clock;
        this.tail = new EventTail(table.head(), TAIL_EVENTS, TAIL_CHARS);
    }

    @Override
    public Event append(String session, EventPayload payload) {
        EventRow row =
                table.append(session, clock.millis(), payload.type(), EventJson.payload(payload), publish(payload));
        return event(row, payload);
    }

    @Override
    public Event append(String session, EventPayload payload, Change with) {
        EventRow row = table.append(
                session, clock.millis(), payload.type(), EventJson.payload(payload), with, publish(payload));
        return event(row, payload);
    }

    @Override
    public void appendLater(String session, EventPayload payload) {
        table.appendLater(session, clock.millis(), payload.type(), EventJson.payload(payload), publish(payload));
    }

    private Consumer<EventRow> publish(EventPayload payload) {
        return row -> tail.add(event(row, payload), row.payload().length());
    }

    @Override
    public List<Event> page(String session, long after, int limit) {
        return table.page(session, after, limit).stream()
                .map(StoredEventLog::event)
                .toList();
    }

    @Override
    public long last(String session) {
        return table.last(session);
    }

    @Override
    public List<Event> after(long cursor, int limit) {
        return tail.after(cursor, limit)
                .orElseGet(() -> table.after(cursor, limit).stream()
                        .map(StoredEventLog::event)
                        .toList());
    }

    @Override
    public long head() {
        return tail.head();
    }

    @Override
    public boolean await(long cursor, Duration timeout) throws InterruptedException {
        return tail.await(cursor, timeout);
    }

    @Override
    public void written(EventRow row) {
        tail.add(event(row), row.payload().length());
    }

    @Override
    public void deleteSession(String session) {
        EventPayload tombstone = new EventPayload.SessionDeleted();
        table.replaceAll(session, clock.millis(), tombstone.type(), EventJson.payload(tombstone), row -> {
            tail.forget(session);
            publish(tombstone).accept(row);
        });
    }

    private static Event event(EventRow row) {
        return event(row, EventJson.payload(row.type(), row.payload()));
    }

    private static Event event(EventRow row, EventPayload payload) {
        return new Event(row.cursor(), row.session(), row.seq(), Instant.ofEpochMilli(row.time()), payload);
    }
}
