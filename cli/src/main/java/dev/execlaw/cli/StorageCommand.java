package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.tool.Tool;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code execlaw storage}. */
@Command(
        name = "storage",
        description = "Look at the data directory's file system, or give it one where copies cost nothing.",
        subcommands = {StorageCommand.Init.class, StorageCommand.Status.class})
final class StorageCommand {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,7})([MGT])");

    private StorageCommand() {}

    /** What both share. */
    abstract static class OnData implements Callable<Integer> {

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final ConfigOptions options = new ConfigOptions();

        @Override
        public Integer call() throws IOException, InterruptedException {
            Config config = options.loader().load();
            PrintWriter out = spec.commandLine().getOut();
            run(ConfigOptions.dataDirectory(config), out);
            out.flush();
            return 0;
        }

        abstract void run(DataDirectory data, PrintWriter out) throws IOException, InterruptedException;
    }

    /** {@code execlaw storage init}. */
    @Command(
            name = "init",
            description = {
                "Put the data directory on an XFS that shares blocks between copies: a sparse file beside it, mounted in",
                "its place. What is in it is copied first and removed last. Nothing is done where copies share blocks",
                "already. Needs root, and the server stopped."
            })
    static final class Init extends OnData {

        @Option(
                names = "--size",
                required = true,
                paramLabel = "SIZE",
                description = "Size of the file system, e.g. 50G or 900M. The file takes what is used of it.")
        @SuppressWarnings("NullAway.Init")
        private String size;

        @Option(
                names = "--file",
                paramLabel = "FILE",
                description = "Where the file is made. Default: beside the data directory, with .xfs after its name.")
        private @Nullable Path file;

        @Override
        void run(DataDirectory data, PrintWriter out) throws IOException, InterruptedException {
            long bytes = bytes(size);
            if (!ConfigOptions.isRoot()) {
                throw new CliException("only root can mount a file system", "run it with sudo");
            }
            Path root = data.root();
            Path image = file == null
                    ? root.resolveSibling(root.getFileName() + ".xfs")
                    : file.toAbsolutePath().normalize();
            try (ProgressDisplay progress = ProgressDisplay.onStandardError()) {
                Packages.need(Tool.FOR_STORAGE, progress);
                new Storage(data, image, out).init(bytes);
            }
        }

        static long bytes(String size) {
            Matcher form = SIZE.matcher(size);
            if (!form.matches()) {
                throw new CliException(
                        "size \"" + size + "\" is not a number with M, G or T after it", "give e.g. --size 50G");
            }
            int shift = switch (form.group(2)) {
                case "M" -> 20;
                case "G" -> 30;
                default -> 40;
            };
            return Long.parseLong(form.group(1)) << shift;
        }
    }

    /** {@code execlaw storage status}. */
    @Command(name = "status", description = "Print what the data directory lies on, and whether copies share blocks.")
    static final class Status extends OnData {
        @Override
        void run(DataDirectory data, PrintWriter out) throws IOException, InterruptedException {
            Path root = data.root();
            Path existing = Preflight.nearestExisting(root);
            FileStore store = Files.getFileStore(existing);
            Optional<Path> image = Mounts.imageAt(root);
            boolean shares = Storage.sharesBlocks(existing);
            out.printf(
                    "%s is on %s: %d MiB, %d MiB free%n",
                    root, store.type(), store.getTotalSpace() >> 20, store.getUsableSpace() >> 20);
            if (image.isPresent()) {
                out.printf("it lies in the file %s%n", image.get());
            }
            out.println(
                    shares
                            ? "copies share blocks: a machine's disk is cloned at no cost"
                            : "copies share no blocks: disks are cloned as overlays. execlaw storage init --size 50G"
                                    + " gives the data directory a file system where they do");
        }
    }
}
