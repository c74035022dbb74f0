package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.ConfigText;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code execlaw config}. */
@Command(name = "config", description = "Explain the configuration.", subcommands = ConfigCommand.Show.class)
final class ConfigCommand {

    /** {@code execlaw config show}. */
    @Command(
            name = "show",
            description = "Print every key with its meaning, default and current value, as a valid config file.")
    static final class Show implements Runnable {

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final ConfigOptions options = new ConfigOptions();

        @Option(names = "--json", description = "As JSON.")
        private boolean json;

        @Option(names = "--markdown", description = "As docs/configuration.md.")
        private boolean markdown;

        @Override
        public void run() {
            Config config = options.loader().load();
            String text = json ? ConfigText.json(config) : markdown ? ConfigText.markdown() : ConfigText.toml(config);
            PrintWriter out = spec.commandLine().getOut();
            out.print(text);
            out.print(text.endsWith("\n") ? "" : "\n");
            out.flush();
        }
    }
}
