package dev.execlaw.session;

/** What a guest must show or do next, before a deadline. */
enum Awaited {
    NOTHING,
    SHELL,
    HOST_KEY,
    FILES,
    AGENT
}
