package dev.execlaw.microvm.image;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads and writes files of a raw ext4 image that no machine uses, with debugfs(8): no mount, no root. Because debugfs
 * ends with status 0 whatever happens, its messages are judged and every write is read back.
 */
public final class Ext4 {

    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final Pattern BANNER = Pattern.compile("debugfs [0-9.]+ \\(.*\\)");
    private static final Pattern MODE = Pattern.compile("Type: (\\S+) +Mode: +0?([0-7]{4})");

    private static final String MISSING = "/.*: File not found by ext2_lookup *";

    private final Path image;
    private final Path work;

    /**
     * An image to look into.
     *
     * @param image raw ext4
     * @param work private directory for what goes between debugfs and us; the files made there are removed again
     */
    public Ext4(Path image, Path work) {
        this.image = image;
        this.work = work;
    }

    /** Writes the files, taking the place of those that are there, and proves it by reading them back. */
    public void write(List<GuestFile> files) throws IOException, InterruptedException {
        Path staging = Files.createTempDirectory(work, "inject-");
        try {
            List<String> script = new ArrayList<>();
            Set<String> parents = new LinkedHashSet<>();
            files.forEach(file -> parents.addAll(file.parents()));
            Set<String> paths = new LinkedHashSet<>(parents);
            files.forEach(file -> paths.add(file.path()));
            // Asked first, because a mkdir or rm that fails leaves the file system damaged.
            Set<String> missing = missing(staging, paths);
            parents.stream().filter(missing::contains).forEach(parent -> script.add("mkdir " + quoted(parent)));
            for (int i = 0; i < files.size(); i++) {
                GuestFile file = files.get(i);
                Path source = staging.resolve("file" + i);
                Files.write(source, file.content());
                if (!missing.contains(file.path())) {
                    script.add("rm " + quoted(file.path()));
                }
                script.add("cd " + quoted(file.parent()));
                script.add("write " + quoted(source.toString()) + " " + quoted(file.name()));
                script.add("sif " + quoted(file.path()) + " mode 0%06o".formatted(0100000 | file.mode()));
                script.add("sif " + quoted(file.path()) + " uid 0");
                script.add("sif " + quoted(file.path()) + " gid 0");
            }
            run(staging, script, Map.of());
            prove(files);
        } finally {
            DirectoryTree.delete(staging);
        }
    }

    /** The content of a file, empty when there is no such path. */
    public Optional<byte[]> read(String path) throws IOException, InterruptedException {
        Path staging = Files.createTempDirectory(work, "read-");
        try {
            Path target = staging.resolve("file");
            String request = "dump " + quoted(path) + " " + quoted(target.toString());
            CommandResult result = command("-R", request, image.toString()).runOrThrow();
            List<String> complaints = complaints(result.stderr(), Ext4::notFound);
            if (!complaints.isEmpty()) {
                throw new ImageException("cannot read " + path + " in " + image + ": " + complaints.getFirst());
            }
            return notFound(result.stderr()) ? Optional.empty() : Optional.of(Files.readAllBytes(target));
        } finally {
            DirectoryTree.delete(staging);
        }
    }

    /** Kind and permissions of a path (a symbolic link is not followed), empty when there is no such path. */
    public Optional<Stat> stat(String path) throws IOException, InterruptedException {
        CommandResult result =
                command("-R", "stat " + quoted(path), image.toString()).runOrThrow();
        Matcher matcher = MODE.matcher(result.stdout());
        if (matcher.find()) {
            return Optional.of(new Stat(matcher.group(1), Integer.parseInt(matcher.group(2), 8)));
        }
        if (notFound(result.stderr())) {
            return Optional.empty();
        }
        throw new ImageException("cannot look at " + path + " in " + image + ": "
                + result.stderr().strip());
    }

    /**
     * Runs many write requests at once; any message of debugfs is an error.
     *
     * @param requests one debugfs request each; paths in them quoted by {@link #quoted}, bytes as ISO 8859-1 characters
     * @param now the time to leave in the file system as that of the last change, seconds since the epoch
     */
    public void script(List<String> requests, long now) throws IOException, InterruptedException {
        Path staging = Files.createTempDirectory(work, "script-");
        try {
            run(staging, requests, Map.of("E2FSPROGS_FAKE_TIME", Long.toString(now)));
        } finally {
            DirectoryTree.delete(staging);
        }
    }

    private Set<String> missing(Path staging, Set<String> paths) throws IOException, InterruptedException {
        Path script = staging.resolve("stat");
        Files.write(script, paths.stream().map(path -> "stat " + quoted(path)).toList());
        String stderr = command("-f", script.toString(), image.toString())
                .outputTo(staging.resolve("echo"))
                .runOrThrow()
                .stderr();
        List<String> complaints = complaints(stderr, line -> line.matches(MISSING));
        if (!complaints.isEmpty()) {
            throw new ImageException("debugfs could not read " + image + ": " + complaints.getFirst());
        }
        return stderr.lines()
                .filter(line -> line.matches(MISSING))
                .map(line -> line.substring(0, line.lastIndexOf(": ")))
                .collect(Collectors.toSet());
    }

    private void run(Path staging, List<String> script, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path file = staging.resolve("script");
        Files.write(file, script, StandardCharsets.ISO_8859_1);
        CommandResult result = command("-w", "-f", file.toString(), image.toString())
                .environment(environment)
                .outputTo(staging.resolve("echo"))
                .runOrThrow();
        List<String> complaints = complaints(result.stderr(), line -> false);
        if (!complaints.isEmpty()) {
            throw new ImageException("debugfs could not change " + image + ": " + complaints.getFirst()
                    + (complaints.size() > 1 ? " (and " + (complaints.size() - 1) + " more)" : ""));
        }
    }

    /** A path as an argument of a debugfs request. */
    public static String quoted(String path) {
        return '"' + path.replace("\"", "\"\"") + '"';
    }

    private void prove(List<GuestFile> files) throws IOException, InterruptedException {
        for (GuestFile file : files) {
            byte[] there = read(file.path())
                    .orElseThrow(() -> new ImageException(file.path() + " was written into " + image
                            + " but is not there; is the file system full?"));
            if (!Arrays.equals(there, file.content())) {
                throw new ImageException("%s was written into %s with %d bytes, but reads back %d other bytes"
                        .formatted(file.path(), image, file.content().length, there.length));
            }
            Stat stat = stat(file.path()).orElseThrow(() -> new ImageException(file.path() + " has no inode"));
            if (!stat.isFile() || stat.mode() != file.mode()) {
                throw new ImageException("%s in %s is a %s with mode 0%o, not a file with mode 0%o"
                        .formatted(file.path(), image, stat.type(), stat.mode(), file.mode()));
            }
        }
    }

    private static Command command(String... arguments) {
        List<String> argv = new ArrayList<>(List.of("debugfs"));
        argv.addAll(List.of(arguments));
        return Command.of(argv).tied().timeout(TIMEOUT).environment(Map.of("DEBUGFS_PAGER", "cat"));
    }

    private static List<String> complaints(String stderr, Predicate<String> expected) {
        return stderr.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !BANNER.matcher(line).matches() && !expected.test(line))
                .toList();
    }

    private static boolean notFound(String text) {
        return text.contains("File not found by ext2_lookup");
    }

    /**
     * What a path is.
     *
     * @param type debugfs's word: {@code regular}, {@code directory}, {@code symlink}, ...
     * @param mode permission bits with setuid, setgid and sticky
     */
    public record Stat(String type, int mode) {

        boolean isFile() {
            return type.equals("regular");
        }
    }
}
