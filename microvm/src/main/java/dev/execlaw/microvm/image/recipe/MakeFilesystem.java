package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.Ext4;
import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.TarEntry;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Makes {@code out/rootfs.ext4} from {@code root.tar}: unpacked as this user, filled in by {@code mkfs.ext4 -d}, then
 * every owner, mode, time and extended attribute is set as the archive had it. That needs no root, and gives the same
 * bytes for the same archive: nothing of this host's clock, users or file system remains.
 *
 * @param sizeMiB size of the file system
 */
record MakeFilesystem(int sizeMiB) implements Step {

    /** 2026-01-01, the latest time a file of an image can have, and that of all which have none of their own. */
    static final long EPOCH = 1_767_225_600;

    private static final String UUID = "6578656c-6177-4f00-8000-726f6f746673";
    private static final String HASH_SEED = "6578656c-6177-4f00-8000-736565640000";
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    @Override
    public String name() {
        return "root filesystem";
    }

    @Override
    public Map<String, String> inputs() {
        return Map.of("sizeMiB", Integer.toString(sizeMiB));
    }

    @Override
    public void run(Workshop workshop) throws IOException, InterruptedException {
        Path tree = Files.createDirectory(workshop.path("tree"));
        workshop.progress().note("unpacking " + workshop.entries().size() + " entries");
        Command.of(
                        "tar",
                        "--extract",
                        "--no-same-owner",
                        "--same-permissions",
                        "--directory",
                        tree.toString(),
                        "--file",
                        workshop.made("root.tar").toString())
                .tied()
                .timeout(TIMEOUT)
                .runOrThrow();
        Path image = workshop.out().resolve("rootfs.ext4");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((long) sizeMiB << 20);
        }
        workshop.progress().note("filling a file system of " + sizeMiB + " MiB");
        // Without the lazy options the kernel of every guest would write zeros in the background.
        Command.of(
                        "mkfs.ext4",
                        "-q",
                        "-F",
                        "-m",
                        "0",
                        "-U",
                        UUID,
                        "-E",
                        "hash_seed=" + HASH_SEED + ",lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0",
                        "-d",
                        tree.toString(),
                        image.toString())
                .tied()
                .timeout(TIMEOUT)
                .environment(
                        Map.of("SOURCE_DATE_EPOCH", Long.toString(EPOCH), "E2FSPROGS_FAKE_TIME", Long.toString(EPOCH)))
                .runOrThrow();
        workshop.progress().note("setting owners, modes and times");
        setAttributes(workshop, image);
        Files.delete(workshop.made("root.tar"));
        saveMetadata(workshop);
    }

    /** What writes files into overlays of this image needs its metadata alone, and often: see QcowInjection. */
    private static void saveMetadata(Workshop workshop) throws IOException, InterruptedException {
        Command.of(
                        "e2image",
                        "-r",
                        workshop.made("out/rootfs.ext4").toString(),
                        workshop.path("out/rootfs.metadata").toString())
                .tied()
                .timeout(TIMEOUT)
                .runOrThrow();
    }

    private static void setAttributes(Workshop workshop, Path image) throws IOException, InterruptedException {
        Path staging = Files.createDirectory(workshop.path("attributes"));
        List<String> script = new ArrayList<>();
        for (TarEntry entry : workshop.entries()) {
            if (entry.kind() == TarEntry.Kind.HARDLINK) {
                continue;
            }
            String field = "sif " + Ext4.quoted(entry.path()) + " ";
            script.add(field + "mode 0%06o".formatted(typeBits(entry.kind()) | entry.mode()));
            script.add(field + "uid " + entry.uid());
            script.add(field + "gid " + entry.gid());
            script.add(field + "mtime @" + Math.clamp(entry.mtime(), 0, EPOCH));
            for (String time : List.of("atime", "ctime", "crtime")) {
                script.add(field + time + " @" + EPOCH);
            }
            for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
                Path value = staging.resolve("xattr" + script.size());
                Files.write(value, xattr.getValue());
                script.add("ea_set -f " + Ext4.quoted(value.toString()) + " " + Ext4.quoted(entry.path()) + " "
                        + xattr.getKey());
            }
        }
        for (String time : List.of("atime", "ctime", "mtime", "crtime")) {
            script.add("sif \"/lost+found\" " + time + " @" + EPOCH);
        }
        new Ext4(image, staging).script(script, EPOCH);
    }

    private static int typeBits(TarEntry.Kind kind) throws ImageException {
        return switch (kind) {
            case FILE -> 0100000;
            case DIRECTORY -> 0040000;
            case SYMLINK -> 0120000;
            case HARDLINK, DEVICE, FIFO -> throw new ImageException("an image has no " + kind);
        };
    }
}
