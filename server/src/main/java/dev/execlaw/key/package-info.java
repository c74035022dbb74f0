/**
 * API keys of providers that the user enters once, for all sessions that bring none. A key goes in and is never shown
 * again; in memory it is sealed but for the moment in which a call takes it.
 */
@NullMarked
package dev.execlaw.key;

import org.jspecify.annotations.NullMarked;
