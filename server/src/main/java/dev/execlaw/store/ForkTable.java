package dev.execlaw.store;

import java.util.Map;
import java.util.function.Consumer;

/** Makes a session of another one's past, all of it or nothing. Any thread may use it. */
public final class ForkTable {

    private final Database database;

    public ForkTable(Database database) {
        this.database = database;
    }

    /**
     * Adds a session with the events and messages that another one had up to a position, and a checkpoint there; waits.
     * Events that show a whole session and those that tell what became of its machine are of the other one: {@code omitted}
     * stands in their place, so that positions are the same in both and have no gaps. Its own events begin after the position.
     *
     * @param first type and payload of its first own event
     * @param written sees each of its events on the writer thread, in order, after the commit
     */
    public void fork(
            SessionRow fork,
            String source,
            CheckpointRow checkpoint,
            Map.Entry<String, String> first,
            Consumer<EventRow> written) {
        database.write(
                statements -> {
                    statements.update(
                            "INSERT INTO session (id, created_at, settings, status, api_key) VALUES (?, ?, ?, ?, ?)",
                            fork.id(),
                            fork.createdAt(),
                            fork.settings(),
                            fork.status(),
                            fork.apiKey());
                    statements.update("""
                            INSERT INTO message (id, session, token, text, state)
                            SELECT id, ?, token, text, state FROM message
                            WHERE session = ? AND state = 'done' ORDER BY position""", fork.id(), source);
                    CheckpointTable.insert(statements, checkpoint);
                    statements.update("""
                            INSERT INTO event (session, seq, time, type, payload)
                            SELECT ?1, seq, time, iif(other, 'omitted', type), iif(other, '{}', payload)
                            FROM (SELECT *, type IN ('session', 'boot_step', 'checkpoint', 'checkpoint_dropped', 'paused',
                              'resumed', 'forked', 'fork_made') AS other FROM event)
                            WHERE session = ?2 AND seq <= ?3
                            ORDER BY seq""", fork.id(), source, checkpoint.seq());
                    statements.update(
                            "INSERT INTO event (session, seq, time, type, payload) VALUES (?, ?, ?, ?, ?)",
                            fork.id(),
                            checkpoint.seq() + 1,
                            fork.createdAt(),
                            first.getKey(),
                            first.getValue());
                    return statements.list(
                            "SELECT cursor, session, seq, time, type, payload FROM event WHERE session = ? ORDER BY seq",
                            EventTable::row,
                            fork.id());
                },
                rows -> rows.forEach(written));
    }
}
