/**
 * The host: capacity, network slots, the ledger of what was made on it, and the reconcile loop that compares the two.
 * Knows sessions by their id only.
 */
@NullMarked
package dev.execlaw.host;

import org.jspecify.annotations.NullMarked;
