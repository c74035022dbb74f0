package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.tree.TarEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where one build happens: a private directory whose files the steps hand on by name, and what they learned on the
 * way. Used by the build's thread alone.
 */
public final class Workshop {

    private final Path directory;
    private final Progress progress;
    private final SortedMap<String, String> packages = new TreeMap<>();
    private List<TarEntry> entries = List.of();

    /** A workshop in an existing, empty directory. */
    public Workshop(Path directory, Progress progress) throws IOException {
        this.directory = directory;
        this.progress = progress;
        Files.createDirectory(out());
    }

    /** What will be the image: {@code kernel}, {@code initramfs}, {@code rootfs.ext4}. */
    public Path out() {
        return directory.resolve("out");
    }

    /** Packages inside, name to version. */
    public SortedMap<String, String> packages() {
        return packages;
    }

    /** A file that steps hand on. */
    Path path(String name) {
        return directory.resolve(name);
    }

    /** A file that an earlier step must have made. */
    Path made(String name) throws ImageException {
        Path path = directory.resolve(name);
        if (!Files.exists(path)) {
            throw new ImageException("no step of this recipe has made " + name);
        }
        return path;
    }

    Progress progress() {
        return progress;
    }

    /** The tree's entries with their true owners and modes. */
    List<TarEntry> entries() {
        return entries;
    }

    void entries(Collection<TarEntry> all) {
        entries = List.copyOf(all);
    }
}
