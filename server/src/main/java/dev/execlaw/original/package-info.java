/**
 * What the first ExeClaw's page and programs expect under {@code /api/}: its fields, its states, its events, as a view of
 * our sessions and their log. It knows nothing of HTTP and keeps no state that matters.
 */
@NullMarked
package dev.execlaw.original;

import org.jspecify.annotations.NullMarked;
