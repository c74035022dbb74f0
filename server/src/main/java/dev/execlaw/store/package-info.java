/**
 * SQLite: schema, the one writer, readers, a table class for each table, secrets at rest. SQL lives here and nowhere
 * else, and nothing here knows what a session is: rows in, rows out.
 *
 * <p>Plain JDBC on purpose. Measured on JDK 25 with an AOT cache, a mapping library costs 90 ms and a migration library
 * 95 ms of a start that may take 500 ms, for five tables.
 */
@NullMarked
package dev.execlaw.store;

import org.jspecify.annotations.NullMarked;
