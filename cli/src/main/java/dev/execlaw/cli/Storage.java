package dev.execlaw.cli;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Processes;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Moves a data directory into an XFS of its own, in a file. What was there is copied, then set aside by a rename, and
 * removed only when the copy is mounted in its place; a move that was cut short is taken up where it is safe to.
 */
final class Storage {

    private static final long SMALLEST = 320L << 20; // mkfs.xfs(8) makes none below 300 MiB
    private static final long OWN = 128L << 20; // its log and tables
    private static final Duration COPY = Duration.ofHours(2);
    private static final Path SYSTEMD = Path.of("/run/systemd/system");
    private static final Path UNITS = Path.of("/etc/systemd/system");

    private final DataDirectory data;
    private final Path root;
    private final Path image;
    private final Path aside;
    private final PrintWriter out;

    Storage(DataDirectory data, Path image, PrintWriter out) {
        this.data = data;
        this.root = data.root();
        this.image = image;
        this.aside = root.resolveSibling(root.getFileName() + ".before");
        this.out = out;
    }

    /** Whether a copy in that directory shares blocks with its original; found out by trying. */
    static boolean sharesBlocks(Path directory) throws IOException, InterruptedException {
        Path original = Files.createTempFile(directory, ".execlaw-", ".probe");
        Path copy = original.resolveSibling(original.getFileName() + ".copy");
        try {
            Files.write(original, new byte[8192]);
            return Command.of("cp", "--reflink=always", original.toString(), copy.toString())
                    .run()
                    .succeeded();
        } finally {
            Files.deleteIfExists(copy);
            Files.deleteIfExists(original);
        }
    }

    /** Does it, or says that nothing is to be done. */
    void init(long bytes) throws IOException, InterruptedException {
        if (image.startsWith(root)) {
            throw new CliException(
                    "the file " + image + " would be within the data directory that it is to hold",
                    "give another with --file");
        }
        Optional<Path> mounted = Mounts.imageAt(root);
        if (mounted.isPresent()) {
            alreadyThere(mounted.get(), bytes);
            return;
        }
        if (Mounts.isMountPoint(root)) {
            throw new CliException(
                    root + " is a mount point already, of something else than a file",
                    "move it by hand, or give another --data-dir");
        }
        DataLock.refuseIfHeld(data);
        refuseIfUsed();
        Path parent = root.resolve("..").normalize();
        Files.createDirectories(parent);
        if (Files.exists(aside) && Files.exists(image)) {
            requireEmpty();
            mountInPlace(); // cut short after the copy was whole
            finish();
            return;
        }
        if (Files.exists(aside)) {
            throw new CliException(
                    aside + " is left of an earlier move, and its copy " + image + " is not there",
                    "if " + root + " lacks what is in it, move it back: mv " + aside + " " + root);
        }
        if (sharesBlocks(Files.isDirectory(root) ? root : parent)) {
            out.println("nothing to do: copies in " + root + " share blocks already ("
                    + Files.getFileStore(parent).type() + ")");
            return;
        }
        if (Files.exists(image)) {
            throw new CliException(
                    "there is a file " + image + " already", "mount it, remove it, or give another with --file");
        }
        move(bytes);
    }

    private void alreadyThere(Path mounted, long bytes) throws IOException, InterruptedException {
        long size = Files.size(mounted);
        if (size != bytes) {
            throw new CliException(
                    root + " lies in " + mounted + " already, which has " + (size >> 20) + " MiB, not " + (bytes >> 20),
                    size < bytes
                            ? "grow it: truncate -s " + bytes + " " + mounted + " && losetup -c $(losetup -nO NAME -j "
                                    + mounted + ") && xfs_growfs " + root
                            : "XFS does not shrink; keep it, or copy what is in it to a smaller one by hand");
        }
        if (Files.exists(aside)) {
            out.println("removing " + aside + ", which an earlier move had left");
        }
        removeAside();
        keepMounted(mounted);
        out.println("nothing to do: " + root + " lies in " + mounted + " already, " + (size >> 20) + " MiB");
    }

    /** VMMs outlive the server, and would write to the files that are left behind. */
    private void refuseIfUsed() throws IOException {
        List<Long> above = Stream.iterate(
                        Optional.of(ProcessHandle.current()),
                        Optional::isPresent,
                        p -> p.flatMap(ProcessHandle::parent))
                .map(process -> process.orElseThrow().pid())
                .toList();
        String using = Processes.find(root).stream()
                .map(ProcessIdentity::pid)
                .filter(pid -> !above.contains(pid))
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        if (!using.isEmpty()) {
            throw new CliException(
                    "processes " + using + " use " + root,
                    "stop the sessions (start the server, stop or delete them), then the server, and run it again");
        }
    }

    private void move(long bytes) throws IOException, InterruptedException {
        long used = Files.isDirectory(root) ? used(root) : 0;
        long least = Math.max(SMALLEST, used + used / 10 + OWN);
        if (bytes < least) {
            throw new CliException(
                    "a size of " + (bytes >> 20) + " MiB is too small: " + root + " has " + (used >> 20)
                            + " MiB, which take " + (least >> 20) + " MiB at least",
                    "give a larger --size");
        }
        Path place = image.resolve("..").normalize();
        Files.createDirectories(place);
        long free = Files.getFileStore(place).getUsableSpace();
        if (free < bytes) {
            throw new CliException(
                    place + " has " + (free >> 20) + " MiB free, the file may grow to " + (bytes >> 20) + " MiB",
                    "give a smaller --size, make room, or give a --file on another disk");
        }
        Path unfinished = image.resolveSibling(image.getFileName() + ".unfinished");
        fill(unfinished, bytes);
        Files.move(unfinished, image, StandardCopyOption.ATOMIC_MOVE);
        if (Files.isDirectory(root)) {
            Files.move(root, aside, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            mountInPlace();
        } catch (IOException | InterruptedException e) {
            Files.deleteIfExists(root);
            if (Files.exists(aside)) {
                Files.move(aside, root, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.delete(image);
            throw e;
        }
        finish();
    }

    private void requireEmpty() throws IOException {
        try (Stream<Path> there = Files.isDirectory(root) ? Files.list(root) : Stream.empty()) {
            if (there.findAny().isPresent()) {
                throw new CliException(
                        "an earlier move of " + root + " to " + image
                                + " was cut short, and the directory has been used" + " since",
                        "if what is in it can go, empty it and run this again; else keep it, and remove " + aside);
            }
        }
    }

    /** Makes the file with a file system that holds what the data directory holds. */
    private void fill(Path file, long bytes) throws IOException, InterruptedException {
        Path view = root.resolveSibling(root.getFileName() + ".copying");
        if (Mounts.isMountPoint(view)) {
            run("umount", view.toString()); // of a move that was cut short
        }
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        boolean filled = false;
        try {
            try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
                opened.setLength(bytes);
            }
            run("mkfs.xfs", "-q", "-m", "reflink=1", "-L", "execlaw", file.toString());
            Files.createDirectories(view);
            run("mount", "-t", "xfs", "-o", MountUnit.options(), file.toString(), view.toString());
            try {
                copyTo(view);
            } finally {
                run("umount", view.toString());
            }
            filled = true;
        } finally {
            Files.deleteIfExists(view);
            if (!filled) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void copyTo(Path view) throws IOException, InterruptedException {
        Files.setPosixFilePermissions(view, PosixFilePermissions.fromString("rwx------"));
        if (Files.isDirectory(root)) {
            out.println("copying " + root + " ...");
            out.flush();
            run("cp", "-a", "--sparse=always", "--", root + "/.", view.toString());
        }
        run("sync", "-f", view.toString());
    }

    private void mountInPlace() throws IOException, InterruptedException {
        Files.createDirectories(
                root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        run("mount", "-t", "xfs", "-o", MountUnit.options(), image.toString(), root.toString());
    }

    private void finish() throws IOException, InterruptedException {
        removeAside();
        keepMounted(image);
        out.println(root + " lies in " + image + " now, " + (Files.size(image) >> 20) + " MiB; copies share blocks");
    }

    /** Renamed first: what is half removed must not pass for the whole. */
    private void removeAside() throws IOException {
        Path removed = aside.resolveSibling(aside.getFileName() + ".removed");
        DirectoryTree.delete(removed);
        if (Files.exists(aside)) {
            Files.move(aside, removed, StandardCopyOption.ATOMIC_MOVE);
            DirectoryTree.delete(removed);
        }
    }

    /** Has it mounted at every boot, or says what would. */
    private void keepMounted(Path file) throws IOException, InterruptedException {
        MountUnit unit = new MountUnit(file, root);
        if (Files.isDirectory(SYSTEMD)) {
            Files.writeString(UNITS.resolve(unit.name()), unit.text());
            run("systemctl", "daemon-reload");
            run("systemctl", "enable", unit.name());
            out.println("it is mounted at every boot: " + UNITS.resolve(unit.name()));
        } else {
            out.println("systemd does not run here; to have it mounted at every boot, put this into "
                    + UNITS.resolve(unit.name()) + " and enable it, or see to it otherwise:\n\n" + unit.text());
        }
    }

    private static long used(Path directory) throws IOException, InterruptedException {
        String line = Command.of("du", "-s", "-B1", "--", directory.toString())
                .timeout(COPY)
                .runOrThrow()
                .stdout();
        return Long.parseLong(line.substring(0, line.indexOf('\t')));
    }

    private static void run(String... command) throws CommandException, InterruptedException {
        Command.of(command).timeout(COPY).runOrThrow();
    }
}
