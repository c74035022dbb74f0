package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.microvm.image.source.Architecture;
import dev.execlaw.microvm.image.source.AssetLock;
import dev.execlaw.microvm.image.source.AssetName;
import dev.execlaw.microvm.image.source.Assets;
import dev.execlaw.microvm.image.source.Download;
import dev.execlaw.microvm.image.source.SetupFirecracker;
import dev.execlaw.microvm.image.source.Timeouts;
import dev.execlaw.microvm.image.source.Web;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code execlaw setup firecracker}. */
@Command(
        name = "firecracker",
        description = "Put Firecracker and its jailer into the data directory, versions side by side.")
final class SetupFirecrackerCommand implements Callable<Integer> {

    private static final Pattern TARBALL = Pattern.compile("firecracker-(v[0-9][A-Za-z0-9.-]*)-(x86_64|aarch64)\\.tgz");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(names = "--latest", description = "The newest release, not the locked one.")
    private boolean latest;

    @Option(
            names = "--tarball",
            paramLabel = "FILE",
            description = "A release tarball, named as in the release: firecracker-vX.Y.Z-ARCH.tgz.")
    private @Nullable Path tarball;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Config config = options.loader().load();
        Path data = ConfigOptions.dataDirectory(config).root();
        SetupFirecracker setup = new SetupFirecracker(data);
        SetupFirecracker.Installed installed;
        try (ProgressDisplay progress = ProgressDisplay.onStandardError()) {
            installed = tarball == null
                    ? setup.install(fetched(config, data, progress), progress)
                    : fromFile(setup, tarball, progress);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("Firecracker " + installed.version() + " for " + installed.architecture() + ": "
                + installed.firecracker());
        out.flush();
        return 0;
    }

    private Assets.Fetched fetched(Config config, Path data, ProgressDisplay progress)
            throws IOException, InterruptedException {
        AssetLock lock = AssetLock.readOrShipped(data.resolve("assets.lock"));
        Architecture host = Architecture.host();
        try (Web web = Web.of(System.getenv(), Timeouts.DEFAULT)) {
            Assets assets = new Assets(config.sources().sources(), new Download(web), data.resolve("cache"));
            return latest
                    ? assets.latest(AssetName.FIRECRACKER, host, progress)
                    : assets.locked(lock, AssetName.FIRECRACKER, host, progress);
        }
    }

    private static SetupFirecracker.Installed fromFile(SetupFirecracker setup, Path file, ProgressDisplay progress)
            throws IOException {
        Matcher name = TARBALL.matcher(String.valueOf(file.getFileName()));
        if (!name.matches()) {
            throw new CliException(
                    "\"" + file + "\" does not tell its version",
                    "name it as in the release, e.g. firecracker-v1.16.1-x86_64.tgz");
        }
        return setup.install(file, name.group(1), Architecture.of(name.group(2)), progress);
    }
}
