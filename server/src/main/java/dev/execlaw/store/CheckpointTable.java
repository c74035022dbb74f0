package dev.execlaw.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Checkpoints of all sessions. Any thread may use it. */
public final class CheckpointTable {

    private static final String COLUMNS =
            "session, seq, time, kind, name, template, changes, disk, format, undone, disk_bytes, memory_bytes";

    private final Database database;

    public CheckpointTable(Database database) {
        this.database = database;
    }

    /** Adds a checkpoint, in place of one at the same position, and waits. */
    public void put(CheckpointRow row) {
        database.write(statements -> insert(statements, row));
    }

    /** Adds it within a transaction of somebody else's. */
    static int insert(Statements statements, CheckpointRow row) throws SQLException {
        return statements.update(
                "INSERT OR REPLACE INTO checkpoint (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row.session(),
                row.seq(),
                row.time(),
                row.kind(),
                row.name(),
                row.template(),
                row.changes(),
                row.disk(),
                row.format(),
                row.undone(),
                row.diskBytes(),
                row.memoryBytes());
    }

    /** Removes a checkpoint and waits; its files are the caller's matter, after this. */
    public void delete(String session, long seq) {
        database.write(
                statements -> statements.update("DELETE FROM checkpoint WHERE session = ? AND seq = ?", session, seq));
    }

    /** Those of a session, oldest position first. */
    public List<CheckpointRow> of(String session) {
        return database.read(statements -> statements.list(
                "SELECT " + COLUMNS + " FROM checkpoint WHERE session = ? ORDER BY seq",
                CheckpointTable::row,
                session));
    }

    /** Those of all sessions, by session and oldest position first. */
    public List<CheckpointRow> all() {
        return database.read(statements ->
                statements.list("SELECT " + COLUMNS + " FROM checkpoint ORDER BY session, seq", CheckpointTable::row));
    }

    /** Directories of memory that checkpoints and machines are relative to, each once. */
    public List<String> templates() {
        return database.read(statements -> statements.list("""
                SELECT template FROM checkpoint
                UNION SELECT json_extract(status, '$.memory.template') FROM session
                WHERE json_extract(status, '$.memory.template') IS NOT NULL""", row -> row.getString(1)));
    }

    private static CheckpointRow row(ResultSet row) throws SQLException {
        return new CheckpointRow(
                row.getString(1),
                row.getLong(2),
                row.getLong(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getString(10),
                row.getLong(11),
                row.getLong(12));
    }
}
