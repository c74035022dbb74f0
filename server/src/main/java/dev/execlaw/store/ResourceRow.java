package dev.execlaw.store;

/**
 * One thing on the host that belongs to a session.
 *
 * @param kind e.g. {@code process}
 * @param ref what it is: a path, a number
 * @param detail what became known after it was made, e.g. a process id; may be empty
 */
public record ResourceRow(String session, String kind, String ref, String detail) {}
