/**
 * Guests' networks: slots and what is derived from their number, policies, and how the host makes them of TAP devices and
 * nftables rules ({@code table.nft}). Nothing here knows VMMs or sessions.
 */
@NullMarked
package dev.execlaw.microvm.network;

import org.jspecify.annotations.NullMarked;
