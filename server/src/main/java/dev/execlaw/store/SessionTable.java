package dev.execlaw.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Sessions: what was asked for, and the last known state. */
public final class SessionTable {

    private final Database database;

    public SessionTable(Database database) {
        this.database = database;
    }

    /** Adds a session and waits. */
    public void insert(SessionRow row) {
        database.write(statements -> statements.update(
                "INSERT INTO session (id, created_at, settings, status, api_key) VALUES (?, ?, ?, ?, ?)",
                row.id(),
                row.createdAt(),
                row.settings(),
                row.status(),
                row.apiKey()));
    }

    /** Replaces the settings and waits. */
    public void settings(String id, String settings) {
        database.write(statements -> statements.update("UPDATE session SET settings = ? WHERE id = ?", settings, id));
    }

    /** Replaces the session's own key, which is sealed, and waits. */
    public void key(String id, String sealed) {
        database.write(statements -> statements.update("UPDATE session SET api_key = ? WHERE id = ?", sealed, id));
    }

    /** Replaces the state. */
    public Change status(String id, String status) {
        return new Change(statements -> statements.update("UPDATE session SET status = ? WHERE id = ?", status, id));
    }

    /** Replaces the state without waiting: the same thread's next awaited write makes it durable too. */
    public void statusLater(String id, String status) {
        database.writeLater(
                statements -> statements.update("UPDATE session SET status = ? WHERE id = ?", status, id), _ -> {});
    }

    /** Removes a session, its messages and its checkpoints; what it spent stays. */
    public void delete(String id) {
        database.write(statements -> {
            statements.update("DELETE FROM message WHERE session = ?", id);
            statements.update("DELETE FROM checkpoint WHERE session = ?", id);
            statements.update("DELETE FROM turn_time WHERE session = ?", id);
            return statements.update("DELETE FROM session WHERE id = ?", id);
        });
    }

    /** Ids of the images that sessions boot from, each once. */
    public List<String> images() {
        return database.read(statements -> statements.list(
                "SELECT DISTINCT json_extract(settings, '$.image') FROM session", row -> row.getString(1)));
    }

    /** One session, once all that was submitted before is durable. */
    public Optional<SessionRow> one(String id) {
        return database.write(statements -> statements.first(
                "SELECT id, created_at, settings, status, api_key FROM session WHERE id = ?", SessionTable::row, id));
    }

    /** All sessions, oldest first. */
    public List<SessionRow> all() {
        return database.read(statements -> statements.list(
                "SELECT id, created_at, settings, status, api_key FROM session ORDER BY created_at, id",
                SessionTable::row));
    }

    private static SessionRow row(ResultSet row) throws SQLException {
        return new SessionRow(row.getString(1), row.getLong(2), row.getString(3), row.getString(4), row.getString(5));
    }
}
