package dev.execlaw.cli;

import dev.execlaw.cli.DaemonStarter.RunningDaemon;
import dev.execlaw.config.Config;
import dev.execlaw.config.ConfigText;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.image.Elf;
import dev.execlaw.microvm.image.ImageBuilder;
import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.UbuntuRecipe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * {@code execlaw warm-up}: a short life of a daemon in a temporary directory, so that the launcher can keep the classes
 * that a start loads, and those of an image build. Boots no machine.
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
                    .override("network.mode", "user") // nothing is changed on the host
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
            refusedBuild(directory);
        } finally {
            DirectoryTree.delete(directory);
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

    /** A build that gets as far as its squashfs, which is none: all that is loaded until nothing is left to do. */
    private static void refusedBuild(Path directory) throws IOException, InterruptedException {
        Path kernel = Files.write(directory.resolve("kernel"), elf());
        Path squashfs = Files.writeString(directory.resolve("squashfs"), "hsqs".repeat(256));
        ImageStore store = new ImageStore(directory);
        try {
            new ImageBuilder(store, Progress.NONE)
                    .build(new UbuntuRecipe(kernel, null, squashfs), BuildOptions.DEFAULT, false);
            throw new IllegalStateException("a text became an image");
        } catch (ImageException _) {
            // As it must be. Whether the programs are there that would read a squashfs makes no difference.
        }
        store.list();
    }

    /** The header of a program of this machine, which is all of a kernel that is looked at. */
    private static byte[] elf() {
        int machine = Elf.hostMachine().equals("aarch64") ? 183 : 62;
        return ByteBuffer.allocate(64)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, 0x464c457f)
                .put(4, (byte) 2)
                .put(5, (byte) 1)
                .putShort(16, (short) 2)
                .putShort(18, (short) machine)
                .array();
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
}
