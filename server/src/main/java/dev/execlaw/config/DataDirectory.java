package dev.execlaw.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/**
 * The directory of everything that is kept, and what is where in it. All of it is 0700.
 *
 * @param root absolute path
 */
public record DataDirectory(Path root) {

    /** Most bytes of the root's path: Unix sockets below it must stay under 108 bytes (unix(7)). */
    static final int LONGEST = 60;

    public DataDirectory {
        root = root.toAbsolutePath().normalize();
        Check.that(
                root.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length <= LONGEST,
                "the data directory",
                root,
                "at most " + LONGEST + " bytes long, because the paths of Unix sockets in it are limited");
    }

    /** Where it is when nobody says: {@code /var/lib/execlaw} for root, else below the user's data home. */
    public static Path byDefault(boolean superuser, Map<String, String> environment) {
        if (superuser) {
            return Path.of("/var/lib/execlaw");
        }
        String home = environment.getOrDefault("HOME", "/tmp");
        String dataHome = environment.getOrDefault("XDG_DATA_HOME", "");
        return (dataHome.isEmpty() ? Path.of(home, ".local", "share") : Path.of(dataHome)).resolve("execlaw");
    }

    /** Sessions, events, ledger. */
    public Path database() {
        return root.resolve("execlaw.db");
    }

    /** The token of the API, 0600. */
    public Path token() {
        return root.resolve("token");
    }

    /** Built images, immutable. */
    public Path images() {
        return root.resolve("images");
    }

    /** Builds that are under way. */
    public Path work() {
        return root.resolve("work");
    }

    /** One directory for each session's machine. */
    public Path machines() {
        return root.resolve("machines");
    }

    /** Sockets, with short names. */
    public Path run() {
        return root.resolve("run");
    }

    /** What can be fetched or made again. */
    public Path cache() {
        return root.resolve("cache");
    }

    /** Makes the directory and its parts where they are missing. Parts that exist are left as they are. */
    public void create() throws IOException {
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Path parent = root.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        for (Path directory : List.of(root, images(), work(), machines(), run(), cache())) {
            if (!Files.isDirectory(directory)) {
                Files.createDirectory(directory, owner);
            }
        }
    }
}
