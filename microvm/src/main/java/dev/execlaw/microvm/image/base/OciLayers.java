package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.EntryReader;
import dev.execlaw.microvm.image.tree.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tree that layers make when they are laid over each other, whiteouts applied (image-spec: layer.md). They are read
 * twice: first the topmost down, to learn which entries no higher layer hides; then the lowest up, to give those. Not
 * for several threads.
 */
final class OciLayers implements EntryReader {

    private static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final int MOST_ENTRIES = 2_000_000;

    private final List<Path> layers;
    private final Opening opening;
    private final List<Kept> kept = new ArrayList<>();
    private @Nullable EntryReader current;
    private int layer = -1;

    /** How a layer is read. */
    interface Opening {
        EntryReader open(Path layer) throws IOException, InterruptedException;
    }

    /**
     * What one layer gives.
     *
     * @param paths entries that no higher layer hides
     * @param moved files that are hidden, but a hard link to them is not: that takes their place
     */
    private record Kept(Set<String> paths, Map<String, String> moved) {}

    OciLayers(List<Path> layers, Opening opening) throws IOException, InterruptedException {
        this.layers = layers;
        this.opening = opening;
        Shade shade = new Shade();
        int entries = 0;
        for (Path file : layers.reversed()) {
            List<TarEntry> all = new ArrayList<>();
            try (EntryReader reader = opening.open(file)) {
                for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                    all.add(next.get());
                    if (++entries > MOST_ENTRIES) {
                        throw new ImageException(file + " and the layers above it have more than " + MOST_ENTRIES
                                + " entries, the limit");
                    }
                }
            }
            kept.addFirst(shade.through(all));
        }
    }

    @Override
    public Optional<TarEntry> next() throws IOException {
        while (true) {
            if (current == null && !openNext()) {
                return Optional.empty();
            }
            EntryReader reader = current;
            Optional<TarEntry> next = reader == null ? Optional.empty() : reader.next();
            if (next.isEmpty()) {
                close();
                continue;
            }
            Optional<TarEntry> seen = seen(next.get(), kept.get(layer));
            if (seen.isPresent()) {
                return seen;
            }
        }
    }

    @Override
    public InputStream content() throws IOException {
        return current == null ? InputStream.nullInputStream() : current.content();
    }

    @Override
    public void close() throws IOException {
        if (current != null) {
            current.close();
            current = null;
        }
    }

    private boolean openNext() throws IOException {
        if (layer + 1 >= layers.size()) {
            return false;
        }
        layer++;
        try {
            current = opening.open(layers.get(layer));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException("interrupted while " + layers.get(layer) + " was opened", e);
        }
        return true;
    }

    private static Optional<TarEntry> seen(TarEntry entry, Kept kept) {
        String moved = kept.moved().get(entry.path());
        if (moved != null) {
            return Optional.of(renamed(entry, moved, entry.link()));
        }
        if (!kept.paths().contains(entry.path())) {
            return Optional.empty();
        }
        String target = entry.kind() == TarEntry.Kind.HARDLINK ? kept.moved().get(entry.link()) : null;
        if (target == null) {
            return Optional.of(entry);
        }
        return target.equals(entry.path()) ? Optional.empty() : Optional.of(renamed(entry, entry.path(), target));
    }

    private static TarEntry renamed(TarEntry entry, String path, String link) {
        return new TarEntry(
                path,
                entry.kind(),
                entry.mode(),
                entry.uid(),
                entry.gid(),
                entry.mtime(),
                entry.size(),
                link,
                entry.xattrs());
    }

    /** What the layers seen so far hide from those below them. */
    private static final class Shade {

        private final Set<String> taken = new HashSet<>();
        private final Set<String> hidden = new HashSet<>();
        private final Set<String> opaque = new HashSet<>();

        Kept through(List<TarEntry> entries) {
            Set<String> kept = new HashSet<>();
            Set<String> newlyHidden = new HashSet<>();
            Set<String> newlyOpaque = new HashSet<>();
            for (TarEntry entry : entries) {
                String name = entry.path().substring(entry.path().lastIndexOf('/') + 1);
                if (name.equals(OPAQUE)) {
                    newlyOpaque.add(entry.parent());
                } else if (name.startsWith(WHITEOUT)) {
                    newlyHidden.add(entry.path().substring(0, entry.path().length() - name.length())
                            + name.substring(WHITEOUT.length()));
                } else if (!taken.contains(entry.path()) && !isHidden(entry.path())) {
                    kept.add(entry.path());
                    if (entry.kind() != TarEntry.Kind.DIRECTORY) {
                        newlyHidden.add(entry.path());
                    }
                }
            }
            taken.addAll(kept);
            hidden.addAll(newlyHidden);
            opaque.addAll(newlyOpaque);
            Set<String> files = new HashSet<>();
            entries.stream()
                    .filter(entry -> entry.kind() == TarEntry.Kind.FILE)
                    .forEach(entry -> files.add(entry.path()));
            Map<String, String> moved = new HashMap<>();
            for (TarEntry entry : entries) {
                boolean orphan = entry.kind() == TarEntry.Kind.HARDLINK
                        && kept.contains(entry.path())
                        && !kept.contains(entry.link())
                        && files.contains(entry.link());
                if (orphan) {
                    moved.putIfAbsent(entry.link(), entry.path());
                }
            }
            return new Kept(kept, moved);
        }

        private boolean isHidden(String path) {
            if (hidden.contains(path)) {
                return true;
            }
            for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
                String above = path.substring(0, slash);
                if (hidden.contains(above) || opaque.contains(above)) {
                    return true;
                }
            }
            return opaque.contains("/") && !path.equals("/");
        }
    }
}
