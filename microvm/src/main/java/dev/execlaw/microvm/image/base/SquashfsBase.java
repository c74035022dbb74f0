package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.recipe.Digests;
import dev.execlaw.microvm.image.tree.EntryReader;
import dev.execlaw.microvm.image.tree.PseudoFileReader;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A squashfs, read by unsquashfs 4.5 or newer. Extended attributes, file capabilities among them, are told by it from
 * 4.6 on; an older one leaves them out, which makes another image of the same file and is therefore among its inputs.
 */
record SquashfsBase(Path path) implements Base {

    /** Names and numbers of the tree's entries are in the file too. */
    private static final long FOR_NAMES = 256L << 20;

    private static final int BYTES_USED = 40;
    private static final int XATTR_TABLE = 56;
    private static final Pattern VERSION = Pattern.compile("unsquashfs version (\\d+)\\.(\\d+)");

    @Override
    public String kind() {
        return "squashfs";
    }

    @Override
    public SortedMap<String, String> inputs() throws IOException, InterruptedException {
        SortedMap<String, String> inputs =
                new TreeMap<>(Map.of("file", path.getFileName().toString(), "sha256", Digests.sha256(path)));
        if (field(XATTR_TABLE) != -1) {
            inputs.put("xattrs", tellsXattrs() ? "kept" : "left out, unsquashfs is older than 4.6");
        }
        return inputs;
    }

    private static boolean tellsXattrs() throws IOException, InterruptedException {
        // Older ones end with status 1 when they have told their version.
        Matcher version =
                VERSION.matcher(Command.of("unsquashfs", "-version").run().stdout());
        if (!version.find()) {
            return false;
        }
        int major = Integer.parseInt(version.group(1));
        return major > 4 || (major == 4 && Integer.parseInt(version.group(2)) >= 6);
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

    /** A number of the superblock (struct squashfs_super_block of Linux, fs/squashfs/squashfs_fs.h). */
    private long field(int offset) throws IOException {
        byte[] head = Magic.head(path);
        if (head.length < XATTR_TABLE + Long.BYTES) {
            throw new ImageException(path + " is cut off: it has " + head.length + " bytes; fetch it again");
        }
        return ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
    }

    private void checkLength() throws IOException {
        long used = field(BYTES_USED);
        long size = Files.size(path);
        if (used > size) {
            throw new ImageException(
                    path + " is cut off: it has " + size + " bytes, its header says " + used + "; fetch it again");
        }
    }
}
