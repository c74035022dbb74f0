package dev.execlaw.store;

/**
 * One message of a user.
 *
 * @param token what stands for it on the console
 * @param state {@code queued}, {@code running} or {@code done}
 */
public record MessageRow(String id, String session, String token, String text, String state) {}
