package dev.execlaw.cli;

import dev.execlaw.cli.DaemonStarter.RunningDaemon;
import dev.execlaw.config.Config;
import dev.execlaw.config.ConfigText;
import dev.execlaw.config.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * {@code execlaw warm-up}: a short life of a daemon in a temporary directory, so that the launcher can keep the classes
 * that a start loads. Boots no machine.
 */
@Command(name = "warm-up", hidden = true, description = "A short life of a daemon, to cache what a start loads.")
final class WarmUpCommand implements Callable<Integer> {

    private static final List<String> PATHS =
            List.of("/health", "/system", "/sessions", "/sessions/none/events", "/openapi.json");

    private final DaemonStarter starter = new ServerStarter();

    @Override
    public Integer call() throws IOException, InterruptedException {
        BuildId build = BuildId.current();
        Path directory = Files.createTempDirectory("execlaw");
        try {
            Config config = new ConfigOptions()
                    .loader()
                    .override("server.listen", "127.0.0.1:0")
                    .override("server.data_dir", directory.toString())
                    .override("log.level", "warn")
                    .load();
            LogSetup.apply(config.log());
            if (ConfigText.toml(config).isEmpty()) {
                throw new IllegalStateException("a configuration without keys");
            }
            DataDirectory data = new DataDirectory(directory);
            DataLock.refuseIfHeld(data);
            Preflight.canListen(config.server().listen());
            Preflight.canKeep(data);
            data.create();
            try (DataLock _ = DataLock.take(data)) {
                Signals.watch();
                live(config, data, build);
            }
        } finally {
            delete(directory);
        }
        return 0;
    }

    private void live(Config config, DataDirectory data, BuildId build) throws IOException, InterruptedException {
        RunningDaemon daemon = starter.start(config, data, build, Optional.empty());
        try (ApiClient api = new ApiClient(Urls.base(daemon.address()), daemon.token())) {
            for (String path : PATHS) {
                ask(api, path);
            }
        } finally {
            daemon.stop();
        }
    }

    private static void ask(ApiClient api, String path) throws InterruptedException {
        try {
            var _ = api.call("GET", path, null);
        } catch (CliException refused) {
            if (!path.contains("none")) {
                throw refused;
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            tree.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
