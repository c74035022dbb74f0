package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.linux.OpenFile;
import dev.execlaw.microvm.machine.SavedState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The sums of a checkpoint's files, beside them in a file of their own that is written last: one line for each file with
 * its name, how many bytes of data it has, and their CRC-32C. Firecracker has a sum over the devices' state alone, and of
 * changed memory it would take anything.
 */
final class SavedSums {

    /** File name of the sums. */
    static final String FILE = "sums";

    private static final List<String> FILES = List.of(SavedState.PAGES, SavedState.DEVICES);
    private static final int BUFFER = 1 << 20;

    private SavedSums() {}

    /** Writes the sums of the files in that directory. */
    static void write(Path directory) throws IOException {
        var own = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r--------"));
        try (FileChannel channel = FileChannel.open(
                directory.resolve(FILE), EnumSet.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), own)) {
            ByteBuffer text = StandardCharsets.US_ASCII.encode(of(directory));
            while (text.hasRemaining()) {
                channel.write(text);
            }
            channel.force(true);
        }
    }

    /**
     * Compares the files in that directory with their sums.
     *
     * @throws IOException when a file or the sums are not whole, or were changed
     */
    static void check(Path directory) throws IOException {
        String noted;
        try {
            noted = Files.readString(directory.resolve(FILE), StandardCharsets.US_ASCII);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "saved state " + directory + " has no sums; it was not written to its end, take an earlier one", e);
        }
        String found = of(directory);
        if (!found.equals(noted)) {
            throw new IOException("saved state " + directory + " does not add up: it has " + line(found)
                    + ", and was saved with " + line(noted)
                    + "; it was not written to its end or was changed, take an earlier one");
        }
    }

    private static String line(String sums) {
        return sums.strip().replace("\n", ", ");
    }

    private static String of(Path directory) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String name : FILES) {
            text.append(name).append(' ').append(sum(directory.resolve(name))).append('\n');
        }
        return text.toString();
    }

    /** Over the data with the place of each stretch; holes are told from zeros, which in changed memory mean something. */
    private static String sum(Path path) throws IOException {
        CRC32C sum = new CRC32C();
        ByteBuffer number = ByteBuffer.allocate(Long.BYTES);
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        long bytes = 0;
        try (OpenFile map = OpenFile.read(path);
                FileChannel channel = FileChannel.open(path)) {
            long length = map.length();
            long at = map.dataFrom(0, length);
            long before = -1;
            while (at < length) {
                long end = map.holeFrom(at);
                if (at != before) {
                    sum.update(number.clear().putLong(at).flip());
                }
                bytes += end - at;
                add(sum, channel, at, end, buffer);
                before = end;
                at = map.dataFrom(end, length);
            }
        }
        return bytes + " " + HexFormat.of().toHexDigits((int) sum.getValue());
    }

    private static void add(CRC32C sum, FileChannel channel, long from, long end, ByteBuffer buffer)
            throws IOException {
        long at = from;
        while (at < end) {
            buffer.clear().limit((int) Math.min(BUFFER, end - at));
            int count = channel.read(buffer, at);
            if (count < 0) {
                throw new IOException("its data ended at " + at + " instead of " + end);
            }
            sum.update(buffer.flip());
            at += count;
        }
    }
}
