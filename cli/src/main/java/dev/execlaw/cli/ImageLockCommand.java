package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.microvm.image.source.Architecture;
import dev.execlaw.microvm.image.source.AssetLock;
import dev.execlaw.microvm.image.source.AssetName;
import dev.execlaw.microvm.image.source.Assets;
import dev.execlaw.microvm.image.source.Download;
import dev.execlaw.microvm.image.source.LockedAsset;
import dev.execlaw.microvm.image.source.Timeouts;
import dev.execlaw.microvm.image.source.Web;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code execlaw image lock}. */
@Command(
        name = "lock",
        description = {
            "Fetch the files that images are made of and record their hashes in assets.lock.",
            "From then on they must be the same: a file with another hash is refused."
        })
final class ImageLockCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Parameters(paramLabel = "SOURCE", description = "kernel, rootfs, nullclaw, firecracker. Default: all.")
    private List<AssetName> names = List.of();

    @Option(names = "--latest", description = "Lock what is newest now, not the pinned versions.")
    private boolean latest;

    @Option(names = "--architecture", paramLabel = "NAME", description = "x86_64 or aarch64. Default: this host's.")
    private @Nullable Architecture architecture;

    @Option(names = "--file", paramLabel = "FILE", description = "Default: assets.lock in the data directory.")
    private @Nullable Path file;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Config config = options.loader().load();
        Path data = ConfigOptions.dataDirectory(config).root();
        Path lockFile = file == null ? data.resolve("assets.lock") : file;
        Architecture machine = architecture == null ? Architecture.host() : architecture;
        PrintWriter out = spec.commandLine().getOut();
        AssetLock lock = AssetLock.readOrShipped(lockFile);
        try (Web web = Web.of(System.getenv(), Timeouts.DEFAULT);
                ProgressDisplay progress = ProgressDisplay.onStandardError()) {
            Assets assets = new Assets(config.sources().sources(), new Download(web), data.resolve("cache"));
            for (AssetName name : names.isEmpty() ? List.of(AssetName.values()) : names) {
                LockedAsset locked = (latest
                                ? assets.latest(name, machine, progress)
                                : assets.lock(lock, name, machine, progress))
                        .asset();
                lock = lock.with(locked);
                // Each one as it comes: what was fetched stays locked when the next one fails.
                lock.write(lockFile);
                out.printf("%-12s %-8s %-14s %s%n", name, machine, locked.version(), locked.sha256());
            }
        }
        out.println("written to " + lockFile);
        out.flush();
        return 0;
    }
}
