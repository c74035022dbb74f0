package dev.execlaw.microvm.process;

/**
 * A process that cannot be mistaken for a later one with the same number.
 *
 * @param pid process id
 * @param startTicks field 22 of {@code /proc/PID/stat}: clock ticks since boot at which it started (proc(5))
 */
public record ProcessIdentity(long pid, long startTicks) {}
