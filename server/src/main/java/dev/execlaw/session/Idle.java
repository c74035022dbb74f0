package dev.execlaw.session;

/** Told when a session's agent waits, before it gets its next message. */
@FunctionalInterface
interface Idle {

    /** The session is ready; it may be something else afterwards. */
    void ready(boolean afterTurn);
}
