package dev.execlaw.agent;

import java.util.Optional;

/** What the console tells about the guest and its agent. */
public sealed interface ConsoleSignal {

    /** The guest has written its first byte. */
    record Alive() implements ConsoleSignal {}

    /** The kernel has handed over to the init of the initramfs or of the disk. */
    record InitStarted() implements ConsoleSignal {}

    /** The shell waits for a command. */
    record ShellPrompt() implements ConsoleSignal {}

    /** The shell runs a command. */
    record CommandStarted() implements ConsoleSignal {}

    /** The command has ended; as long as an agent runs, this is its end. */
    record CommandEnded(int status) implements ConsoleSignal {}

    /** The agent was suspended (SIGTSTP): the shell takes commands, and the agent is its current job. */
    record AgentSuspended() implements ConsoleSignal {}

    /**
     * The agent has introduced itself.
     *
     * @param version its version, where it was told before; as the guest says it, of digits, dots and a short rest
     */
    record Banner(Optional<String> version) implements ConsoleSignal {}

    /** The last thing written is the agent's prompt. */
    record AgentPrompt() implements ConsoleSignal {}

    /** Something was written after the agent's prompt. */
    record AgentOutput() implements ConsoleSignal {}
}
