package dev.execlaw.store;

import java.sql.SQLException;

/**
 * A piece of work on one connection. A write may run a second time after a rollback, so it must do nothing but SQL.
 *
 * @param <T> what it gives back
 */
@FunctionalInterface
interface Sql<T> {
    T run(Statements statements) throws SQLException;
}
