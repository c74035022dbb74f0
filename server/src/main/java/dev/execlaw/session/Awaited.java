package dev.execlaw.session;

/** What a guest must show or do next, before a deadline. */
enum Awaited {
    NOTHING,
    /** Nothing of the guest: the time has to pass before its agent is started again. */
    PAUSE,
    SHELL,
    HOST_KEY,
    FILES,
    AGENT;

    /** Whether what ends on the console meanwhile is no agent: a command of the guest's own start, or a person's. */
    boolean withoutAgent() {
        return this == SHELL || this == PAUSE;
    }
}
