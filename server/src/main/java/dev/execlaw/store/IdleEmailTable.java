package dev.execlaw.store;

import java.util.Optional;

/** Who wants to be mailed when a session sleeps because it was idle. */
public final class IdleEmailTable {

    private final Database database;

    public IdleEmailTable(Database database) {
        this.database = database;
    }

    /** Sets the address of a session and waits. */
    public void put(String session, String address) {
        database.write(statements -> statements.update(
                "INSERT INTO idle_email (session, address) VALUES (?1, ?2)"
                        + " ON CONFLICT (session) DO UPDATE SET address = ?2",
                session,
                address));
    }

    public Optional<String> of(String session) {
        return database.read(statements ->
                statements.first("SELECT address FROM idle_email WHERE session = ?", row -> row.getString(1), session));
    }

    public void delete(String session) {
        database.write(statements -> statements.update("DELETE FROM idle_email WHERE session = ?", session));
    }
}
