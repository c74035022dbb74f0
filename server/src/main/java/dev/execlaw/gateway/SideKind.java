package dev.execlaw.gateway;

import java.util.Locale;

/** Why agents ask their model beside the user's turn. */
enum SideKind {
    /** Another agent within the agent works on a task of its own, maybe at the same time. */
    SUBAGENT,
    /** The history became long and is summed up. */
    COMPACTION,
    /** Whether the model is there, or can see. */
    PROBE,
    /** The agent begins a conversation by itself. */
    STARTUP,
    /** Within the turn: the agent urges its model on. */
    FOLLOW_UP,
    /** Anything else: words typed at the console, work at set times. */
    OTHER;

    /** As events have it. */
    String json() {
        return name().toLowerCase(Locale.ROOT);
    }
}
