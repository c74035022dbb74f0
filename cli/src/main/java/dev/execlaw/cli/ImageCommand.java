package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.ImageExport;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.Kernel;
import dev.execlaw.microvm.image.Manifest;
import dev.execlaw.microvm.image.Verification;
import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.template.TemplateKey;
import dev.execlaw.microvm.template.TemplateStore;
import dev.execlaw.tool.Tool;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code execlaw image}. */
@Command(
        name = "image",
        description = "Build, list, check and remove what machines boot from.",
        subcommands = {
            ImageCommand.Build.class,
            ImageCommand.ListAll.class,
            ImageCommand.Show.class,
            ImageCommand.Verify.class,
            ImageCommand.Remove.class,
            ImageCommand.Collect.class,
            ImageLockCommand.class,
        })
final class ImageCommand {

    private ImageCommand() {}

    /** What all of them share. */
    abstract static class OnStore implements Callable<Integer> {

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final ConfigOptions options = new ConfigOptions();

        @Override
        public Integer call() throws IOException, InterruptedException {
            Config config = options.loader().load();
            PrintWriter out = spec.commandLine().getOut();
            DataDirectory data = ConfigOptions.dataDirectory(config);
            int status = run(config, data, new ImageStore(data.root()), out);
            out.flush();
            return status;
        }

        abstract int run(Config config, DataDirectory data, ImageStore store, PrintWriter out)
                throws IOException, InterruptedException;

        static void print(PrintWriter out, ImageStore store, Image image) {
            out.printf(
                    "%s  %-16s %-24s %s%n",
                    image.id(),
                    image.name(),
                    image.agent().kind() + " " + image.agent().version(),
                    store.builtAt(image));
        }
    }

    /** {@code execlaw image build}. */
    @Command(name = "build", description = "Build an image from a recipe, unless the same is there already.")
    static final class Build extends OnStore {

        @Parameters(
                paramLabel = "RECIPE|PATH",
                arity = "0..1",
                description = {
                    "debian, ubuntu-24.04, or the path of a root filesystem: a tar (plain, gzip, zstd), a squashfs,",
                    "a directory or an OCI layout directory. Default: image.name of the configuration."
                })
        private @Nullable String what;

        @Mixin
        private final RecipeFiles files = new RecipeFiles();

        @Option(names = "--agent-binary", paramLabel = "FILE", description = "nullclaw binary to build in.")
        private @Nullable Path agentBinary;

        @Option(names = "--size", paramLabel = "MIB", description = "Size of the disk. Default: image.size_mib.")
        private @Nullable Integer sizeMiB;

        @Option(names = "--fresh", description = "Build even if the same is there, for newer packages.")
        private boolean fresh;

        @Option(names = "--no-template", description = "Do not build the image's template as well.")
        private boolean noTemplate;

        @Option(
                names = "--export",
                paramLabel = "DIR",
                description = "Also write DIR/vm-assets/vmlinux and rootfs.ext4.")
        private @Nullable Path export;

        @Override
        int run(Config config, DataDirectory data, ImageStore store, PrintWriter out)
                throws IOException, InterruptedException {
            Preflight.canKeep(data);
            Image image;
            try (ProgressDisplay progress = ProgressDisplay.onStandardError()) {
                Packages.need(Tool.FOR_IMAGES, progress);
                data.create();
                String recipe = what == null ? config.image().name() : what;
                image = files.build(recipe, config, data, options(config), fresh, progress);
                print(out, store, image);
                files.remark(config).ifPresent(out::println);
                if (config.vm().templates() && !noTemplate) {
                    TemplateCommand.after(image, config, data, progress).ifPresent(out::println);
                }
            }
            if (export != null) {
                for (Path file : ImageExport.write(image, export)) {
                    out.println("exported " + file);
                }
                String kernel = Kernel.read(image.kernel()).description();
                if (kernel.equals("bzImage")) {
                    out.println("note: this vmlinux is a bzImage, which Firecracker boots only from 1.17 on");
                }
            }
            return 0;
        }

        private BuildOptions options(Config config) {
            BuildOptions configured = Images.options(config.image());
            try {
                return new BuildOptions(
                        sizeMiB == null ? configured.sizeMiB() : sizeMiB,
                        configured.nameServers(),
                        agentBinary == null ? configured.agentBinary() : agentBinary);
            } catch (IllegalArgumentException e) {
                throw new CliException(String.valueOf(e.getMessage()), "give another --size", e);
            }
        }
    }

    /** {@code execlaw image list}. */
    @Command(name = "list", description = "List them, newest first: id, name, agent, built at.")
    static final class ListAll extends OnStore {
        @Override
        int run(Config config, DataDirectory data, ImageStore store, PrintWriter out) throws IOException {
            for (Image image : store.list()) {
                print(out, store, image);
            }
            return 0;
        }
    }

    /** A command about one image. */
    abstract static class OnOne extends OnStore {

        @Parameters(paramLabel = "IMAGE", description = "Id, the beginning of one, or a name.")
        @SuppressWarnings("NullAway.Init")
        private String name;

        Image image(ImageStore store) throws IOException {
            return image(store, name);
        }

        static Image image(ImageStore store, String name) throws IOException {
            return store.find(name)
                    .orElseThrow(() -> new ImageException(
                            "there is no image \"" + name + "\"; `execlaw image list` shows what there is"));
        }
    }

    /** {@code execlaw image show}. */
    @Command(name = "show", description = "Print what is inside: agent, files, packages, where it comes from.")
    static final class Show extends OnOne {
        @Override
        int run(Config config, DataDirectory data, ImageStore store, PrintWriter out)
                throws IOException, InterruptedException {
            Image image = image(store);
            Manifest manifest = store.manifest(image);
            print(out, store, image);
            out.println("in " + image.directory() + ", for " + manifest.architecture() + ", recipe " + image.recipe());
            out.println(
                    "\nagent\n  " + image.agent().kind() + " " + image.agent().version());
            out.println("\nfiles: size, on disk");
            for (var file : manifest.files().entrySet()) {
                long onDisk = ImageStore.bytesOnDisk(image.directory().resolve(file.getKey()));
                out.printf(
                        "  %-16s %,15d %,15d bytes%n",
                        file.getKey(), file.getValue().size(), onDisk);
            }
            out.println("\ninputs");
            manifest.inputs().forEach((key, value) -> out.println("  " + key + " = " + value));
            out.println("\npackages");
            if (manifest.packages().isEmpty()) {
                out.println("  the tree says nothing of packages");
            }
            manifest.packages().forEach((name, version) -> out.println("  " + name + " " + version));
            return 0;
        }
    }

    /** {@code execlaw image verify}. */
    @Command(name = "verify", description = "Check file system, content and boot prerequisites. Status 1 if it fails.")
    static final class Verify extends OnStore {

        @Parameters(
                paramLabel = "IMAGE",
                arity = "0..1",
                description = "Id, the beginning of one, or a name. Default: all images.")
        private @Nullable String name;

        @Override
        int run(Config config, DataDirectory data, ImageStore store, PrintWriter out)
                throws IOException, InterruptedException {
            List<Image> images = name == null ? store.list() : List.of(OnOne.image(store, name));
            if (images.isEmpty()) {
                out.println("there is no image in " + data.images() + "; build one: execlaw image build");
            }
            boolean passed = true;
            for (Image image : images) {
                print(out, store, image);
                Verification found = store.verify(image);
                for (Verification.Check check : found.checks()) {
                    out.printf("  %-4s %-28s %s%n", check.passed() ? "ok" : "FAIL", check.name(), check.seen());
                }
                passed &= found.passed();
            }
            return passed ? 0 : 1;
        }
    }

    /** {@code execlaw image rm}. */
    @Command(name = "rm", description = "Remove one that no session uses, and its templates.")
    static final class Remove extends OnOne {
        @Override
        int run(Config config, DataDirectory data, ImageStore store, PrintWriter out) throws IOException {
            Image image = image(store);
            Set<String> used = ImagesInUse.of(data);
            if (!used.contains(image.id())) {
                removeTemplates(data, key -> !key.image().equals(image.id()), out);
            }
            store.remove(image, used);
            out.println("removed " + image.id() + " " + image.name());
            return 0;
        }
    }

    /** {@code execlaw image gc}. */
    @Command(
            name = "gc",
            description = "Remove all that are neither in use nor the newest of their name, and their templates.")
    static final class Collect extends OnStore {
        @Override
        int run(Config config, DataDirectory data, ImageStore store, PrintWriter out) throws IOException {
            for (Image removed : store.collect(ImagesInUse.of(data))) {
                out.println("removed " + removed.id() + " " + removed.name());
            }
            List<String> left = store.list().stream().map(Image::id).toList();
            removeTemplates(data, key -> left.contains(key.image()), out);
            return 0;
        }
    }

    private static void removeTemplates(DataDirectory data, Predicate<TemplateKey> kept, PrintWriter out)
            throws IOException {
        for (String template : new TemplateStore(data.root()).collect(kept, TemplatesInUse.of(data))) {
            out.println("removed template " + template);
        }
    }
}
