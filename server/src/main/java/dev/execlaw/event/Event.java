package dev.execlaw.event;

import java.time.Instant;

/**
 * One immutable fact in a session's log.
 *
 * @param cursor position in the log of all sessions, strictly increasing; not part of the JSON form but the id of the
 *     event stream
 * @param session session id
 * @param seq position in this session's log, from 1, without gaps
 * @param time when it was appended, UTC
 * @param payload what happened; its JSON {@code type} is {@link EventPayload#type()}
 */
public record Event(long cursor, String session, long seq, Instant time, EventPayload payload) {}
