package dev.execlaw.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;

/** Events of all sessions. The cursor is never used twice, not even after a deletion ({@code AUTOINCREMENT}). */
public final class EventTable {

    private static final String COLUMNS = "cursor, session, seq, time, type, payload";

    private final Database database;

    public EventTable(Database database) {
        this.database = database;
    }

    /** Appends with the session's next sequence number and waits; {@code committed} runs on the writer thread. */
    public EventRow append(String session, long time, String type, String payload, Consumer<EventRow> committed) {
        return database.write(statements -> insert(statements, session, time, type, payload), committed);
    }

    /** Appends as {@link #append(String, long, String, String, Consumer)} does, together with a change. */
    public EventRow append(
            String session, long time, String type, String payload, Change with, Consumer<EventRow> committed) {
        return database.write(
                statements -> {
                    with.make(statements);
                    return insert(statements, session, time, type, payload);
                },
                committed);
    }

    /** Appends without waiting. */
    public void appendLater(String session, long time, String type, String payload, Consumer<EventRow> committed) {
        database.writeLater(statements -> insert(statements, session, time, type, payload), committed);
    }

    /** Removes a session's events and puts one in their place, with the sequence number that would have come next. */
    public EventRow replaceAll(String session, long time, String type, String payload, Consumer<EventRow> committed) {
        return database.write(
                statements -> {
                    EventRow tombstone = insert(statements, session, time, type, payload);
                    statements.update(
                            "DELETE FROM event WHERE session = ? AND cursor <> ?", session, tombstone.cursor());
                    return tombstone;
                },
                committed);
    }

    private static EventRow insert(Statements statements, String session, long time, String type, String payload)
            throws SQLException {
        return statements
                .first(
                        """
                        INSERT INTO event (session, seq, time, type, payload)
                        VALUES (?1, (SELECT coalesce(max(seq), 0) + 1 FROM event WHERE session = ?1), ?2, ?3, ?4)
                        RETURNING cursor, seq""",
                        row -> new EventRow(row.getLong(1), session, row.getLong(2), time, type, payload),
                        session,
                        time,
                        type,
                        payload)
                .orElseThrow();
    }

    /** Events of one session after a sequence number, in order. */
    public List<EventRow> page(String session, long after, int limit) {
        return database.read(statements -> statements.list(
                "SELECT " + COLUMNS + " FROM event WHERE session = ? AND seq > ? ORDER BY seq LIMIT ?",
                EventTable::row,
                session,
                after,
                limit));
    }

    /** The highest sequence number of a session, 0 for none, once all that was submitted before is durable. */
    public long last(String session) {
        return database.write(statements -> statements
                .first("SELECT coalesce(max(seq), 0) FROM event WHERE session = ?", row -> row.getLong(1), session)
                .orElse(0L));
    }

    /** Events of all sessions after a cursor, in order. */
    public List<EventRow> after(long cursor, int limit) {
        return database.read(statements -> statements.list(
                "SELECT " + COLUMNS + " FROM event WHERE cursor > ? ORDER BY cursor LIMIT ?",
                EventTable::row,
                cursor,
                limit));
    }

    /** The highest cursor ever given out, 0 for none. */
    public long head() {
        return database.read(statements -> statements
                .first("SELECT seq FROM sqlite_sequence WHERE name = 'event'", row -> row.getLong(1))
                .orElse(0L));
    }

    static EventRow row(ResultSet row) throws SQLException {
        return new EventRow(
                row.getLong(1), row.getString(2), row.getLong(3), row.getLong(4), row.getString(5), row.getString(6));
    }
}
