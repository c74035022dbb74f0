package dev.execlaw.store;

import java.sql.SQLException;

/** A write to one of the tables that is to be made in the same transaction as an event: both are there, or neither is. */
public final class Change {

    private final Sql<?> write;

    Change(Sql<?> write) {
        this.write = write;
    }

    void make(Statements statements) throws SQLException {
        Object _ = write.run(statements);
    }
}
