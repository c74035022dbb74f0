package dev.execlaw.host;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Sessions whose machines can be put on disk to make room for others. Any thread may ask. */
@FunctionalInterface
public interface Victims {

    /** Nobody gives way. */
    Victims NONE = _ -> Optional.empty();

    /**
     * Begins to hibernate the session that has been idle longest, and returns at once: the work is done on that session's
     * own threads, and must not itself wait for {@link Capacity#reserve}. A session that gives way already is not chosen
     * again; neither is one that works, or one whose hibernation failed a short while ago. A machine of the pool, which
     * nobody has used yet, gives way before any session does.
     *
     * @param why in words, for the session's log
     * @return empty when nothing is idle
     */
    Optional<Victim> hibernateLeastRecentlyUsed(String why);

    /**
     * A session that gives way.
     *
     * @param session its id
     * @param gone completes when its VMM is gone, so that the host has its memory back, and its reservation is released;
     *     exceptionally when it runs on, with why
     */
    record Victim(String session, CompletionStage<Void> gone) {}
}
