package dev.execlaw.microvm.image;

import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A raw file that is mostly holes, looked at without reading those. */
public final class SparseFile {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final int BLOCK = 64 * 1024;
    private static final ByteBuffer ZEROS = ByteBuffer.allocate(BLOCK).asReadOnlyBuffer();
    private static final JsonMapper JSON = new JsonMapper();

    private SparseFile() {}

    /** The parts that are not holes, in order. */
    static List<Range> data(Path file) throws IOException, InterruptedException {
        String map = Command.of("qemu-img", "map", "--output=json", "-f", "raw", file.toString())
                .timeout(TIMEOUT)
                .outputLimit(1 << 24)
                .runOrThrow()
                .stdout();
        List<Range> ranges = new ArrayList<>();
        for (JsonNode extent : JSON.readTree(map)) {
            if (extent.get("data").asBoolean()) {
                ranges.add(new Range(
                        extent.get("start").asLong(), extent.get("length").asLong()));
            }
        }
        return ranges;
    }

    /**
     * A hash of the content that does not depend on where the holes are: SHA-256 over every block of 64 KiB that is not
     * all zeros, each after its offset (8 bytes, big-endian), and the file's size at the end. The plain SHA-256 of a
     * 2 GiB image takes many times longer.
     */
    public static String digest(Path file) throws IOException, InterruptedException {
        MessageDigest digest = sha256();
        ByteBuffer number = ByteBuffer.allocate(Long.BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long next = 0;
            for (Range range : data(file)) {
                long from = Math.max(next, range.offset() / BLOCK * BLOCK);
                for (next = from; next < range.end(); next += BLOCK) {
                    ByteBuffer block = read(channel, next, BLOCK);
                    if (!block.equals(ZEROS)) {
                        digest.update(number.clear().putLong(next).flip());
                        digest.update(block);
                    }
                }
            }
            digest.update(number.clear().putLong(channel.size()).flip());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Bytes at an offset; what lies behind the end of the file reads as zeros. */
    static ByteBuffer read(FileChannel channel, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) > 0) {
            // until full or at the end
        }
        return buffer.clear();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** A part of a file, in bytes. */
    record Range(long offset, long length) {
        long end() {
            return offset + length;
        }
    }
}
