package dev.execlaw.http;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventPayload;
import java.time.Instant;
import java.util.List;

/**
 * An event as callers see it.
 *
 * @param type {@link EventPayload#type()}, which tells how to read the payload
 */
record EventView(String session, long seq, Instant time, String type, EventPayload payload) {

    static EventView of(Event event) {
        return new EventView(
                event.session(), event.seq(), event.time(), event.payload().type(), event.payload());
    }

    /**
     * One page of a session's log.
     *
     * @param next what to pass as {@code after} for the next page
     */
    record Page(List<EventView> events, long next) {

        static Page of(List<Event> events, long after) {
            return new Page(
                    events.stream().map(EventView::of).toList(),
                    events.isEmpty() ? after : events.getLast().seq());
        }
    }
}
