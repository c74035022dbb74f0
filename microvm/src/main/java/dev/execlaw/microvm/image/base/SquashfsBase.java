package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.recipe.Digests;
import dev.execlaw.microvm.image.tree.EntryReader;
import dev.execlaw.microvm.image.tree.PseudoFileReader;
import dev.execlaw.microvm.process.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A squashfs, read by unsquashfs 4.5 or newer. Extended attributes are told by it only from 4.6 on, and are left out:
 * what they give to programs of a usual root filesystem (file capabilities), root has anyway.
 */
record SquashfsBase(Path path) implements Base {

    /** Names and numbers of the tree's entries are in the file too. */
    private static final long FOR_NAMES = 256L << 20;

    private static final int BYTES_USED = 40;

    @Override
    public String kind() {
        return "squashfs";
    }

    @Override
    public SortedMap<String, String> inputs() throws IOException {
        return new TreeMap<>(Map.of("file", path.getFileName().toString(), "sha256", Digests.sha256(path)));
    }

    @Override
    public EntryReader open(Path scratch, long limit) throws IOException, InterruptedException {
        checkLength();
        Path pseudo = scratch.resolve("squashfs");
        try {
            // By a file: with "-pf -" its progress bar goes into the same stream.
            Bounded.command(
                            limit + FOR_NAMES,
                            "unsquashfs",
                            "-no-progress",
                            "-pf",
                            pseudo.toString(),
                            path.toAbsolutePath().toString())
                    .runOrThrow();
        } catch (CommandException e) {
            throw Bounded.explained(
                    e, path, limit, "unsquashfs (package squashfs-tools, version 4.5 or newer) could not read it");
        }
        return new Named(path, new PseudoFileReader(pseudo));
    }

    /** The superblock says how many bytes are used (Documentation/filesystems/squashfs.rst). */
    private void checkLength() throws IOException {
        long used =
                ByteBuffer.wrap(Magic.head(path)).order(ByteOrder.LITTLE_ENDIAN).getLong(BYTES_USED);
        long size = Files.size(path);
        if (used > size) {
            throw new ImageException(
                    path + " is cut off: it has " + size + " bytes, its header says " + used + "; fetch it again");
        }
    }
}
