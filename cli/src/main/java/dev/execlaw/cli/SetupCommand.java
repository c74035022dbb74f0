package dev.execlaw.cli;

import dev.execlaw.tool.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code execlaw setup}. */
@Command(
        name = "setup",
        description = "Install what the host lacks (as root, with apt). `up` does this by itself.",
        subcommands = SetupFirecrackerCommand.class)
final class SetupCommand implements Callable<Integer> {

    @Option(names = "--tests", description = "Also what `execlaw test` needs.")
    private boolean tests;

    @Override
    public Integer call() throws InterruptedException {
        List<Tool> tools = new ArrayList<>(Tool.FOR_MACHINES);
        tools.addAll(Tool.FOR_NETWORKS);
        if (tests) {
            tools.addAll(Tool.FOR_TESTS);
        }
        try (ProgressDisplay progress = ProgressDisplay.onStandardError()) {
            Packages.need(tools, progress);
        }
        return 0;
    }
}
