/** SQLite: schema, the one writer, readers. SQL lives here and nowhere else. */
@NullMarked
package dev.execlaw.store;

import org.jspecify.annotations.NullMarked;
