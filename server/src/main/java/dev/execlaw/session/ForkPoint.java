package dev.execlaw.session;

/**
 * Where a session was forked.
 *
 * @param session the one it was forked from
 * @param seq position in the log of both: up to it their pasts are the same
 */
public record ForkPoint(String session, long seq) {}
