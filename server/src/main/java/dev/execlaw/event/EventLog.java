package dev.execlaw.event;

import dev.execlaw.store.Change;
import dev.execlaw.store.EventRow;
import java.time.Duration;
import java.util.List;

/**
 * The log of all sessions. Durable before it is visible: an event that a reader saw survives a crash. Any thread may
 * use it; nobody is called back, readers come and wait, so a slow one slows nobody.
 */
public interface EventLog {

    /** Appends and waits until durable. Events of one caller keep their order. */
    Event append(String session, EventPayload payload);

    /** Appends together with a change in the store, both or neither, and waits until durable. */
    Event append(String session, EventPayload payload, Change with);

    /** Appends without waiting; becomes visible when durable, in order with {@link #append} of the same caller. */
    void appendLater(String session, EventPayload payload);

    /** Events of one session with {@code seq > after}, at most {@code limit}, in order. */
    List<Event> page(String session, long after, int limit);

    /** Sequence number of a session's last event, durable by then, 0 for none; counts what the caller appended before. */
    long last(String session);

    /** Events of all sessions with {@code cursor > after}, at most {@code limit}, in order. */
    List<Event> after(long cursor, int limit);

    /** Cursor of the newest visible event, 0 when there is none. */
    long head();

    /** Waits until {@code head() > cursor} or the time is over. Returns whether there is something new. */
    boolean await(long cursor, Duration timeout) throws InterruptedException;

    /** Makes an event visible that was written together with other things; called in the order of commits. */
    void written(EventRow row);

    /** Removes a session's events and leaves {@link EventPayload.SessionDeleted} in their place. */
    void deleteSession(String session);
}
