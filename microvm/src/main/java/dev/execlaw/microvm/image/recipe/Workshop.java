package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.tree.EntryReader;
import dev.execlaw.microvm.image.tree.TarEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where one build happens: a private directory whose files the steps hand on by name, and what they learned on the
 * way. Used by the build's thread alone.
 */
public final class Workshop {

    private final Path directory;
    private final Progress progress;
    private final SortedMap<String, String> packages = new TreeMap<>();
    private List<TarEntry> entries = List.of();
    private @Nullable EntryReader base;

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

    /** The tree that the image begins with; whoever takes it closes it. */
    EntryReader base() throws ImageException {
        if (base == null) {
            throw new ImageException("no step of this recipe has opened a base tree");
        }
        return base;
    }

    void base(EntryReader opened) {
        base = opened;
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
