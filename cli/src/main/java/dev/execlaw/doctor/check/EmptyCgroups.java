package dev.execlaw.doctor.check;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Cgroups of machines in which no process is left: {@code execlaw-ID}, or {@code ID} below one whose name begins with
 * execlaw. In both versions of the hierarchy a cgroup is a directory with the file {@code cgroup.procs} (cgroups(7)).
 */
final class EmptyCgroups {

    private static final String OURS = "execlaw";
    private static final int DEEPEST = 6;

    private EmptyCgroups() {}

    /** The empty ones below a mount point of cgroups, by the id of their machine. */
    static List<LeftoversCheck.Thing> of(Path mount) throws IOException {
        Map<String, String> found = new TreeMap<>();
        look(mount, mount, false, found, 0);
        return found.entrySet().stream()
                .map(cgroup -> new LeftoversCheck.Thing(cgroup.getKey(), "cgroup " + cgroup.getValue()))
                .toList();
    }

    private static void look(Path mount, Path directory, boolean below, Map<String, String> found, int depth)
            throws IOException {
        List<Path> children = depth < DEEPEST ? directories(directory) : List.of();
        String name = String.valueOf(directory.getFileName());
        boolean machine = (below || name.startsWith(OURS + "-")) && !name.matches(".*\\.(service|slice|scope)");
        if (machine && children.isEmpty() && isEmpty(directory)) {
            found.put(
                    name.replaceFirst("^" + OURS + "-", ""),
                    mount.relativize(directory).toString());
        }
        for (Path child : children) {
            look(mount, child, below || name.startsWith(OURS), found, depth + 1);
        }
    }

    private static boolean isEmpty(Path cgroup) throws IOException {
        try {
            return Files.readString(cgroup.resolve("cgroup.procs")).isBlank();
        } catch (IOException e) {
            if (Files.exists(cgroup.resolve("cgroup.procs"))) {
                throw e;
            }
            return false; // removed meanwhile, or no cgroup
        }
    }

    private static List<Path> directories(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> all =
                Files.newDirectoryStream(directory, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
            all.forEach(found::add);
        } catch (NoSuchFileException | NotDirectoryException _) {
            return List.of(); // removed meanwhile
        }
        return found;
    }
}
