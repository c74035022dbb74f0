package dev.execlaw.session;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint as users see it.
 *
 * @param seq position in the log: all events up to it had happened
 * @param name a person's name for it; where there is one it is kept until the session is deleted
 * @param kind when it was made: at the start, after a turn, because somebody wanted one, for a pause, or to keep what is
 *     undone: {@code "start", "turn", "named", "pause", "undo"}
 * @param diskBytes what its disk layer takes of the host
 * @param memoryBytes what devices and changed memory take
 * @param abandoned whether it lies in what a rewind has undone
 */
public record CheckpointView(
        long seq,
        Instant time,
        @Nullable String name,
        String kind,
        long diskBytes,
        long memoryBytes,
        boolean abandoned) {}
