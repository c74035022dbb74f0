package dev.execlaw.cli;

import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import dev.execlaw.tool.Tool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Installs what the host lacks, with apt, as root; else says the one command that does. */
final class Packages {

    private static final Duration LIMIT = Duration.ofMinutes(20);

    private Packages() {}

    /** Makes sure that {@code tools} are there. Does nothing where they are. */
    static void need(List<Tool> tools, ProgressDisplay progress) throws InterruptedException {
        List<String> missing = Tool.missingPackages(tools);
        if (missing.isEmpty()) {
            return;
        }
        boolean apt = Tool.missingPackages(List.of(new Tool("apt-get", "apt"))).isEmpty();
        if (!apt || !ConfigOptions.isRoot()) {
            throw refusal(missing, apt);
        }
        try {
            progress.step("installing " + String.join(" ", missing), () -> {
                apt(progress, List.of("update"));
                List<String> install = new ArrayList<>(List.of("install", "-y", "--no-install-recommends"));
                install.addAll(missing);
                apt(progress, install);
            });
        } catch (CommandException e) {
            throw new CliException(
                    "apt could not install " + String.join(" ", missing) + ": " + e.getMessage(),
                    "mend what apt complains about, then start again",
                    e);
        }
        List<String> still = Tool.missingPackages(tools);
        if (!still.isEmpty()) {
            throw new CliException(
                    "apt installed " + String.join(" ", missing) + ", but the programs of " + String.join(" ", still)
                            + " are not in PATH",
                    "add their directory to PATH");
        }
    }

    static CliException refusal(List<String> missing, boolean apt) {
        return new CliException(
                "this host lacks " + String.join(", ", missing),
                apt
                        ? "run once: sudo apt-get install -y --no-install-recommends " + String.join(" ", missing)
                        : "install what brings the same programs on your distribution (apt-get was not found)");
    }

    private static void apt(ProgressDisplay progress, List<String> arguments)
            throws CommandException, InterruptedException {
        List<String> argv = new ArrayList<>(List.of("apt-get", "-q"));
        argv.addAll(arguments);
        Command.of(argv)
                .environment(Map.of("DEBIAN_FRONTEND", "noninteractive"))
                .timeout(LIMIT)
                .outputLimit(16 * 1024 * 1024)
                .onLine(progress::note)
                .runOrThrow();
    }
}
