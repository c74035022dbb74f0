package dev.execlaw.store;

/**
 * One event as it is stored.
 *
 * @param time milliseconds since the epoch
 * @param payload JSON
 */
public record EventRow(long cursor, String session, long seq, long time, String type, String payload) {}
