package dev.execlaw.store;

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
     * stands in their place, so that positions are the same in both and have no gaps.
     *
     * @param copied sees each copied event on the writer thread, in order, after the commit
     */
    public void fork(SessionRow fork, String source, CheckpointRow checkpoint, Consumer<EventRow> copied) {
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
                    return statements.list("""
                            INSERT INTO event (session, seq, time, type, payload)
                            SELECT ?1, seq, time, iif(other, 'omitted', type), iif(other, '{}', payload)
                            FROM (SELECT *, type IN ('session', 'boot_step', 'checkpoint', 'checkpoint_dropped', 'paused',
                              'resumed', 'forked', 'fork_made') AS other FROM event)
                            WHERE session = ?2 AND seq <= ?3
                            ORDER BY seq
                            RETURNING cursor, session, seq, time, type, payload""", EventTable::row, fork.id(), source, checkpoint.seq());
                },
                rows -> rows.forEach(copied));
    }
}
