package dev.execlaw.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Messages of users, whole, kept as long as their session: the gateway needs every one that is in an agent's history. */
public final class MessageTable {

    private static final String COLUMNS = "id, session, token, text, state";

    private final Database database;

    public MessageTable(Database database) {
        this.database = database;
    }

    /** Adds a message at the end. */
    public Change insertion(MessageRow row) {
        return new Change(statements -> statements.update(
                "INSERT INTO message (id, session, token, text, state) VALUES (?, ?, ?, ?, ?)",
                row.id(),
                row.session(),
                row.token(),
                row.text(),
                row.state()));
    }

    /** Changes a message's state. */
    public Change state(String id, String state) {
        return new Change(statements -> statements.update("UPDATE message SET state = ? WHERE id = ?", state, id));
    }

    /** Removes a message. */
    public Change deletion(String id) {
        return new Change(statements -> statements.update("DELETE FROM message WHERE id = ?", id));
    }

    /** The message behind a token, within its session only. */
    public Optional<MessageRow> byToken(String session, String token) {
        return database.read(statements -> statements.first(
                "SELECT " + COLUMNS + " FROM message WHERE session = ? AND token = ?",
                MessageTable::row,
                session,
                token));
    }

    /** Messages of a session that are in a state, oldest first. */
    public List<MessageRow> inState(String session, String state) {
        return database.read(statements -> statements.list(
                "SELECT " + COLUMNS + " FROM message WHERE session = ? AND state = ? ORDER BY position",
                MessageTable::row,
                session,
                state));
    }

    private static MessageRow row(ResultSet row) throws SQLException {
        return new MessageRow(row.getString(1), row.getString(2), row.getString(3), row.getString(4), row.getString(5));
    }
}
