package dev.execlaw.store;

import org.jspecify.annotations.Nullable;

/**
 * One saved state of a session's machine, as it is stored.
 *
 * @param seq position in the session's log that it stands for: all events up to it had happened
 * @param time milliseconds since the epoch
 * @param kind when it was made: {@code "start", "turn", "named", "pause", "undo"}
 * @param name a person's name for it
 * @param template directory of the memory that it is relative to
 * @param changes directory of what had changed
 * @param disk its disk, which is not written to any more
 * @param format of the disk
 * @param undone JSON of the ranges of events that were undone at its time
 * @param diskBytes what its disk layer takes of the host
 * @param memoryBytes what devices and changed memory take
 */
public record CheckpointRow(
        String session,
        long seq,
        long time,
        String kind,
        @Nullable String name,
        String template,
        String changes,
        String disk,
        String format,
        String undone,
        long diskBytes,
        long memoryBytes) {

    /** The same as a checkpoint of another session, which has its own links to the files. */
    public CheckpointRow of(String other, String otherChanges, String otherDisk) {
        return new CheckpointRow(
                other,
                seq,
                time,
                kind,
                name,
                template,
                otherChanges,
                otherDisk,
                format,
                undone,
                diskBytes,
                memoryBytes);
    }
}
