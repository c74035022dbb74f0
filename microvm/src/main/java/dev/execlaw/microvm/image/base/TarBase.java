package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.recipe.Digests;
import dev.execlaw.microvm.image.tree.EntryReader;
import dev.execlaw.microvm.image.tree.TarReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A tar archive of a root filesystem. */
record TarBase(Path path, Compression compression) implements Base {

    @Override
    public String kind() {
        return switch (compression) {
            case NONE -> "tar";
            case GZIP -> "tar, gzip";
            case ZSTD -> "tar, zstd";
        };
    }

    @Override
    public SortedMap<String, String> inputs() throws IOException {
        return new TreeMap<>(Map.of("file", path.getFileName().toString(), "sha256", Digests.sha256(path)));
    }

    @Override
    public EntryReader open(Path scratch, long limit) throws IOException, InterruptedException {
        return new Named(path, new TarReader(compression.open(path, scratch, limit)));
    }
}
