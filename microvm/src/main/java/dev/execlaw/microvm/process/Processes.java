package dev.execlaw.microvm.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What {@code /proc} tells of the processes of this host (proc(5)). Any thread may ask. */
public final class Processes {

    private static final Path PROC = Path.of("/proc");

    private Processes() {}

    /** The identity of the process that has this number now; empty when there is none or only its zombie. */
    public static Optional<ProcessIdentity> identify(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            // The second field is the program's name in brackets and may itself hold spaces and brackets.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            boolean dead = fields[0].equals("Z") || fields[0].equals("X");
            return dead ? Optional.empty() : Optional.of(new ProcessIdentity(pid, Long.parseLong(fields[19])));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether exactly this process lives; a zombie does not. */
    public static boolean alive(ProcessIdentity process) {
        return identify(process.pid()).filter(process::equals).isPresent();
    }

    /** Arguments of the process; empty when it is gone. */
    public static List<String> arguments(long pid) {
        try {
            String line = Files.readString(PROC.resolve(pid + "/cmdline"), StandardCharsets.ISO_8859_1);
            return line.isEmpty() ? List.of() : List.of(line.split("\0", -1));
        } catch (IOException e) {
            return List.of();
        }
    }

    /**
     * All processes but this one that have the path, or something below it, anywhere in their arguments or as their
     * standard output: a VMM in a jail has no path of the host in its arguments. Those that end meanwhile may be missing.
     */
    public static List<ProcessIdentity> find(Path path) throws IOException {
        Pattern named = Pattern.compile(Pattern.quote(encoded(path)) + "(?![\\w.-])");
        List<ProcessIdentity> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                long pid = Long.parseLong(entry.getFileName().toString());
                if (pid != ProcessHandle.current().pid()
                        && (arguments(pid).stream()
                                        .anyMatch(text -> named.matcher(text).find())
                                || isBelow(entry.resolve("fd/1"), path))) {
                    identify(pid).ifPresent(found::add);
                }
            }
        } catch (NoSuchFileException e) {
            throw new IOException("/proc is not mounted; without it processes cannot be found", e);
        }
        return List.copyOf(found);
    }

    private static boolean isBelow(Path link, Path path) {
        try {
            return Files.readSymbolicLink(link).startsWith(path);
        } catch (IOException _) {
            // It has ended, or is another user's and none of ours.
            return false;
        }
    }

    private static String encoded(Path path) {
        return new String(path.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
