package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.ConfigLoader;
import dev.execlaw.config.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of every command that needs the configuration or the data directory. */
final class ConfigOptions {

    @Option(names = "--config", paramLabel = "FILE", description = "Configuration, TOML (docs/configuration.md).")
    private @Nullable Path file;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where everything is kept: /var/lib/execlaw as root, else $XDG_DATA_HOME/execlaw.")
    private @Nullable Path dataDirectory;

    /** The configuration under the environment and {@code --data-dir}; more may be overridden. */
    ConfigLoader loader() {
        ConfigLoader loader = file == null ? ConfigLoader.withoutFile() : ConfigLoader.file(file);
        return loader.environment(System.getenv())
                .override("server.data_dir", dataDirectory == null ? null : dataDirectory.toString());
    }

    static DataDirectory dataDirectory(Config config) {
        return dataDirectory(config, isRoot(), System.getenv());
    }

    static DataDirectory dataDirectory(Config config, boolean root, Map<String, String> environment) {
        String configured = config.server().dataDir();
        Path path = configured.isEmpty() ? DataDirectory.byDefault(root, environment) : Path.of(configured);
        try {
            return new DataDirectory(path);
        } catch (IllegalArgumentException e) {
            throw new CliException(String.valueOf(e.getMessage()), "give a shorter one with --data-dir", e);
        }
    }

    /** Whether this process belongs to root: who owns {@code /proc/self} (proc(5)). */
    static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
