/**
 * The host: who may have memory and who gives it back, pressure, how idle machines are, network slots, the ledger of what
 * was made on the host, and the reconcile loop that compares the two. Knows sessions by their id only.
 */
@NullMarked
package dev.execlaw.host;

import org.jspecify.annotations.NullMarked;
