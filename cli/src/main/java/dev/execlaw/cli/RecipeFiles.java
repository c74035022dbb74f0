package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageBuilder;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.recipe.ArchiveRecipe;
import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.DebianRecipe;
import dev.execlaw.microvm.image.recipe.Recipe;
import dev.execlaw.microvm.image.recipe.UbuntuRecipe;
import dev.execlaw.microvm.image.source.Architecture;
import dev.execlaw.microvm.image.source.AssetLock;
import dev.execlaw.microvm.image.source.AssetName;
import dev.execlaw.microvm.image.source.Assets;
import dev.execlaw.microvm.image.source.Download;
import dev.execlaw.microvm.image.source.Timeouts;
import dev.execlaw.microvm.image.source.Web;
import dev.execlaw.problem.Nearest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The files that recipes take: given on the command line, or, for Ubuntu, fetched as the lock file says. */
final class RecipeFiles {

    @Option(names = "--kernel", paramLabel = "FILE", description = "Kernel: a vmlinux; QEMU boots a bzImage too.")
    private @Nullable Path kernel;

    @Option(names = "--initramfs", paramLabel = "FILE", description = "For a kernel whose drivers are modules.")
    private @Nullable Path initramfs;

    @Option(
            names = "--rootfs",
            paramLabel = "PATH",
            description = "Root filesystem for ubuntu-24.04: a squashfs, tar, directory or OCI layout directory.")
    private @Nullable Path rootfs;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name of an image from an archive. Default: its file's.")
    private @Nullable String name;

    @Option(
            names = "--npm",
            paramLabel = "PACKAGE",
            description = {
                "Install Node.js and this package of npm into debian; may be repeated.",
                "Default: image.npm of the configuration."
            })
    private List<String> npm = List.of();

    @Option(names = "--latest", description = "Fetch what is newest now, whatever the lock file says.")
    private boolean latest;

    /**
     * Builds an image, unless the same is there already.
     *
     * @param what name of a recipe, or path of a root filesystem
     */
    Image build(
            String what,
            Config config,
            DataDirectory data,
            BuildOptions options,
            boolean fresh,
            ProgressDisplay progress)
            throws IOException, InterruptedException {
        ImageBuilder builder = new ImageBuilder(new ImageStore(data.root()), progress);
        BuildOptions complete = options;
        Recipe recipe;
        switch (what) {
            case DebianRecipe.NAME -> {
                refuse(what, "--kernel", kernel);
                refuse(what, "--initramfs", initramfs);
                refuse(what, "--rootfs", rootfs);
                recipe = debian(config.image().npm());
            }
            case UbuntuRecipe.NAME -> {
                refuseNpm(what);
                Path base = rootfs == null ? fetch(AssetName.ROOTFS, "--rootfs", config, data, progress) : rootfs;
                Path boot = kernel == null ? fetch(AssetName.KERNEL, "--kernel", config, data, progress) : kernel;
                if (rootfs == null && options.agentBinary() == null) {
                    complete = options.withAgentBinary(
                            fetch(AssetName.NULLCLAW, "--agent-binary", config, data, progress));
                }
                recipe = new UbuntuRecipe(boot, initramfs, base);
            }
            default -> recipe = archive(path(what), builder, options);
        }
        return builder.build(recipe, complete, fresh);
    }

    private DebianRecipe debian(List<String> configured) {
        try {
            return new DebianRecipe(DebianRecipe.DEFAULT.release(), npm.isEmpty() ? configured : npm);
        } catch (IllegalArgumentException e) {
            throw new CliException(
                    String.valueOf(e.getMessage()), "give another " + (npm.isEmpty() ? "image.npm" : "--npm"), e);
        }
    }

    /** What is to be said of a build: a start of the server builds what its configuration says. */
    Optional<String> remark(Config config) {
        return npm.isEmpty() || npm.equals(config.image().npm())
                ? Optional.empty()
                : Optional.of(
                        "note: up builds debian by its configuration; for this one it needs, in [image]: npm = [\""
                                + String.join("\", \"", npm) + "\"]");
    }

    /** An archive boots the kernel that is given, else that of the debian image, which is built where it is missing. */
    private Recipe archive(Path base, ImageBuilder builder, BuildOptions options)
            throws IOException, InterruptedException {
        refuse(base.toString(), "--rootfs", rootfs);
        refuseNpm(base.toString());
        String called = name == null ? ArchiveRecipe.nameOf(base) : name;
        try {
            if (kernel != null) {
                return new ArchiveRecipe(called, base, kernel, initramfs);
            }
            Image debian = builder.build(DebianRecipe.DEFAULT, options.withAgentBinary(null), false);
            return new ArchiveRecipe(called, base, debian.kernel(), debian.initramfs());
        } catch (IllegalArgumentException e) {
            throw new CliException(String.valueOf(e.getMessage()), "give a name with --name", e);
        }
    }

    /** A path is whatever exists or has a slash; all else was meant as the name of a recipe. */
    private static Path path(String what) {
        Path path = Path.of(what);
        if (Files.exists(path)) {
            return path;
        }
        if (what.contains("/")) {
            throw new CliException("there is no " + path.toAbsolutePath(), "check the path of the root filesystem");
        }
        Optional<String> nearest = Nearest.to(what, Recipe.NAMES);
        throw new CliException(
                "there is no recipe \"" + what + "\" and no such file",
                nearest.map(known -> "did you mean " + known + "? ").orElse("")
                        + "recipes are " + String.join(", ", Recipe.NAMES)
                        + "; anything else is a path: a tar, a squashfs, a directory, an OCI layout directory");
    }

    private Path fetch(AssetName asset, String option, Config config, DataDirectory data, ProgressDisplay progress)
            throws InterruptedException {
        try (Web web = Web.of(System.getenv(), Timeouts.DEFAULT)) {
            Assets assets = new Assets(config.sources().sources(), new Download(web), data.cache());
            return (latest
                            ? assets.latest(asset, Architecture.host(), progress)
                            : assets.locked(
                                    AssetLock.readOrShipped(data.root().resolve("assets.lock")),
                                    asset,
                                    Architecture.host(),
                                    progress))
                    .file();
        } catch (IOException e) {
            throw new CliException(
                    "no " + asset + " for the image: " + e.getMessage(),
                    "that, or give a local file with " + option,
                    e);
        }
    }

    private void refuseNpm(String what) {
        if (!npm.isEmpty()) {
            throw new CliException(
                    "--npm " + npm.getFirst() + " has no meaning for " + what, "leave it out, or build debian");
        }
    }

    private static void refuse(String what, String option, @Nullable Path value) {
        if (value != null) {
            throw new CliException(option + " " + value + " has no meaning for " + what, "leave " + option + " out");
        }
    }
}
