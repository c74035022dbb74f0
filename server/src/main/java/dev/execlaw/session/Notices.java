package dev.execlaw.session;

import dev.execlaw.event.EventPayload.Notice;
import java.time.Duration;

/** What sessions tell their users of their agents. */
final class Notices {

    static final Notice TOOL_GOES_ON = new Notice("The agent's running command has not ended yet. "
            + "The turn ends with it; stopping the session ends both.");

    static final Notice SUSPENDED = new Notice("The agent was suspended at the console. It is told to go on.");

    private Notices() {}

    static Notice keyInside(String provider) {
        return new Notice(
                "The key of " + provider + " is in this machine: all that runs there can read it, and every"
                        + " checkpoint and fork holds it, as they hold the machine's memory. The server sees no model traffic: it"
                        + " holds no budget, knows no cost, and tells of the agent what its console shows: its words, and of tools"
                        + " what nullclaw notes from 2026.3.17 on, their names and the first 1024 bytes of what they gave back.");
    }

    static Notice startedAgain(int status, Duration pause) {
        return new Notice("The agent exited with status " + status + ". It is started again"
                + (pause.isZero() ? "" : " in " + Math.max(1, pause.toSeconds()) + " s")
                + "; it has forgotten the conversation. Files and what runs in the machine are as they were.");
    }

    static Notice notInterrupted(String agent) {
        return new Notice("The model's answer is cut off. A command that " + agent
                + " is running goes on to its end: this agent cannot be interrupted.");
    }
}
