/** The host: capacity, the ledger of what was made on it, and the reconcile loop that compares the two. */
@NullMarked
package dev.execlaw.host;

import org.jspecify.annotations.NullMarked;
