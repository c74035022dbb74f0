/** The append-only log from which everything a user sees is derived. */
@NullMarked
package dev.execlaw.event;

import org.jspecify.annotations.NullMarked;
