package dev.execlaw.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalInt;

/** What was made on the host, and which network slots are taken. */
public final class ResourceTable {

    private static final String COLUMNS = "session, kind, ref, detail";

    private final Database database;

    public ResourceTable(Database database) {
        this.database = database;
    }

    /** Writes an entry, or renews its detail, and waits. */
    public void put(ResourceRow row) {
        database.write(statements -> statements.update("""
                INSERT INTO resource (session, kind, ref, detail) VALUES (?, ?, ?, ?)
                ON CONFLICT (kind, ref) DO UPDATE SET session = excluded.session, detail = excluded.detail""", row.session(), row.kind(), row.ref(), row.detail()));
    }

    /** Removes an entry and waits. */
    public void remove(String kind, String ref) {
        database.write(statements -> statements.update("DELETE FROM resource WHERE kind = ? AND ref = ?", kind, ref));
    }

    /** All entries, in the order in which they were written. */
    public List<ResourceRow> all() {
        return database.read(
                statements -> statements.list("SELECT " + COLUMNS + " FROM resource ORDER BY id", ResourceTable::row));
    }

    /** Entries of one session, in the order in which they were written. */
    public List<ResourceRow> of(String session) {
        return database.read(statements -> statements.list(
                "SELECT " + COLUMNS + " FROM resource WHERE session = ? ORDER BY id", ResourceTable::row, session));
    }

    /**
     * Takes a slot for a session: one never used before, else the one that has been free for longest. A session that
     * has one keeps it.
     *
     * @return its number, or nothing when all {@code count} are taken
     */
    public OptionalInt takeSlot(String session, int count) {
        return database.write(statements -> {
            OptionalInt own =
                    number(statements.list("SELECT number FROM slot WHERE session = ?", row -> row.getInt(1), session));
            if (own.isPresent()) {
                return own;
            }
            int fresh = statements
                    .first("SELECT coalesce(max(number) + 1, 0) FROM slot", row -> row.getInt(1))
                    .orElse(0);
            if (fresh < count) {
                statements.update("INSERT INTO slot (number, session, released) VALUES (?, ?, 0)", fresh, session);
                return OptionalInt.of(fresh);
            }
            return number(statements.list("""
                    UPDATE slot SET session = ? WHERE number =
                      (SELECT number FROM slot WHERE session IS NULL ORDER BY released, number LIMIT 1)
                    RETURNING number""", row -> row.getInt(1), session));
        });
    }

    /** Gives a session's slot back. */
    public void releaseSlot(String session) {
        database.write(statements -> statements.update("""
                UPDATE slot SET session = NULL, released = (SELECT max(released) + 1 FROM slot)
                WHERE session = ?""", session));
    }

    /** Sessions that hold a slot. */
    public List<String> slotHolders() {
        return database.read(statements -> statements.list(
                "SELECT session FROM slot WHERE session IS NOT NULL ORDER BY number", row -> row.getString(1)));
    }

    /** Numbers of the slots that sessions hold. */
    public List<Integer> takenSlots() {
        return database.read(statements -> statements.list(
                "SELECT number FROM slot WHERE session IS NOT NULL ORDER BY number", row -> row.getInt(1)));
    }

    private static OptionalInt number(List<Integer> rows) {
        return rows.isEmpty() ? OptionalInt.empty() : OptionalInt.of(rows.getFirst());
    }

    private static ResourceRow row(ResultSet row) throws SQLException {
        return new ResourceRow(row.getString(1), row.getString(2), row.getString(3), row.getString(4));
    }
}
