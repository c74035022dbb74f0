/** Names resolved for guests: a small DNS forwarder that answers listed names only. Knows nothing of slots or rules. */
@NullMarked
package dev.execlaw.microvm.network.names;

import org.jspecify.annotations.NullMarked;
