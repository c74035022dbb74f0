package dev.execlaw.cli;

import picocli.CommandLine.Command;

/** {@code execlaw agent}. */
@Command(
        name = "agent",
        description = "Try the agents that run in machines.",
        subcommands = {AgentCheckCommand.class})
final class AgentCommand {

    private AgentCommand() {}
}
