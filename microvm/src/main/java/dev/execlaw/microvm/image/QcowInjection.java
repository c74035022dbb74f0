package dev.execlaw.microvm.image;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes files into a qcow2 overlay, which debugfs cannot open. Its file system's metadata is enough to find room for a
 * file, so debugfs works on a sparse raw copy of just that: the metadata of the base image (made by e2image(8) when the
 * image was built, {@value #METADATA} beside it) under the overlay's own clusters. What debugfs changed there is then
 * written to the overlay by qemu-io, and the overlay is read again and compared. Where the base has no metadata file
 * the copy is the whole disk.
 */
final class QcowInjection {

    /** Sparse raw file that holds the metadata blocks of {@code rootfs.ext4}, and zeros for all else. */
    static final String METADATA = "rootfs.metadata";

    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int BLOCK = 4096;
    private static final JsonMapper JSON = new JsonMapper();

    private final Path overlay;
    private final Path work;

    QcowInjection(Path overlay, Path work) {
        this.overlay = overlay.toAbsolutePath();
        this.work = work;
    }

    void write(List<GuestFile> files) throws IOException, InterruptedException {
        Path staging = Files.createTempDirectory(work, "overlay-");
        try {
            String view = view();
            Path before = convert(view, staging.resolve("before"));
            Path after = staging.resolve("after");
            Command.of("cp", "--sparse=always", before.toString(), after.toString())
                    .timeout(TIMEOUT)
                    .runOrThrow();
            new Ext4(after, staging).write(files);
            apply(changes(before, after), after, staging);
            Path back = convert(view, staging.resolve("back"));
            List<SparseFile.Range> lost = changes(back, after);
            if (!lost.isEmpty()) {
                throw new ImageException("files were written into " + overlay + ", but " + lost.size()
                        + " ranges read back otherwise, the first at byte "
                        + lost.getFirst().offset());
            }
        } finally {
            DirectoryTree.delete(staging);
        }
    }

    /** The overlay as a qemu block device, with the metadata in the place of its backing file where there is one. */
    private String view() throws IOException, InterruptedException {
        JsonNode info = json("qemu-img", "info", "--output=json", overlay.toString());
        String own = "driver=qcow2,file.driver=file,file.filename=" + escaped(overlay.toString());
        JsonNode backing = info.get("full-backing-filename");
        JsonNode format = info.get("backing-filename-format");
        if (backing == null || format == null || !format.asString().equals("raw")) {
            return own;
        }
        Path metadata = Path.of(backing.asString()).resolveSibling(METADATA);
        return Files.exists(metadata)
                ? own + ",backing.driver=raw,backing.file.driver=file,backing.file.filename="
                        + escaped(metadata.toString())
                : own;
    }

    private static Path convert(String view, Path target) throws IOException, InterruptedException {
        Command.of("qemu-img", "convert", "--image-opts", "-O", "raw", view, target.toString())
                .timeout(TIMEOUT)
                .runOrThrow();
        return target;
    }

    /** Where the second file differs from the first, in blocks, neighbours joined. */
    private static List<SparseFile.Range> changes(Path first, Path second) throws IOException, InterruptedException {
        List<SparseFile.Range> changes = new ArrayList<>();
        try (FileChannel a = FileChannel.open(first, StandardOpenOption.READ);
                FileChannel b = FileChannel.open(second, StandardOpenOption.READ)) {
            for (SparseFile.Range data : SparseFile.data(second)) {
                for (long at = data.offset(); at < data.end(); at += BLOCK) {
                    int length = (int) Math.min(BLOCK, data.end() - at);
                    if (!SparseFile.read(a, at, length).equals(SparseFile.read(b, at, length))) {
                        join(changes, new SparseFile.Range(at, length));
                    }
                }
            }
        }
        return changes;
    }

    private static void join(List<SparseFile.Range> ranges, SparseFile.Range next) {
        if (!ranges.isEmpty() && ranges.getLast().end() == next.offset()) {
            SparseFile.Range last = ranges.removeLast();
            ranges.add(new SparseFile.Range(last.offset(), last.length() + next.length()));
        } else {
            ranges.add(next);
        }
    }

    private void apply(List<SparseFile.Range> changes, Path from, Path staging)
            throws IOException, InterruptedException {
        List<String> argv = new ArrayList<>(List.of("qemu-io", "-f", "qcow2"));
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ)) {
            for (SparseFile.Range change : changes) {
                String piece = "piece" + change.offset();
                Files.write(
                        staging.resolve(piece),
                        SparseFile.read(source, change.offset(), (int) change.length())
                                .array());
                argv.addAll(List.of("-c", "write -q -s " + piece + " " + change.offset() + " " + change.length()));
            }
        }
        argv.add(overlay.toString());
        // qemu-io splits its commands at blanks and knows no quotes: hence names without a path
        Command.of(argv).timeout(TIMEOUT).directory(staging).runOrThrow();
    }

    private static JsonNode json(String... argv) throws IOException, InterruptedException {
        return JSON.readTree(Command.of(argv)
                .timeout(TIMEOUT)
                .outputLimit(1 << 24)
                .runOrThrow()
                .stdout());
    }

    /** qemu's option syntax doubles a comma within a value. */
    private static String escaped(String value) {
        return value.replace(",", ",,");
    }
}
