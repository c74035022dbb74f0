package dev.execlaw.microvm.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.zip.CRC32C;

/**
 * The state of all devices in the form in which QEMU takes it when it is told that memory is not part of it: a migration
 * stream (migration/savevm.c of QEMU). What QEMU saves of a clone lacks the stream's beginning, where the memory's layout
 * and the firmware stand; that is taken from the stream of its template. Behind the stream, where QEMU does not read,
 * stand its length and its CRC-32C.
 */
final class DeviceStream {

    private static final int MAGIC = 0x5145564d;
    private static final int VERSION = 3;
    private static final int HEADER = 8;
    private static final byte END = 0;
    private static final byte WHOLE_SECTION = 4;
    private static final byte FOOTER = 0x7e;
    private static final int FOOTER_LENGTH = 5;
    private static final int TRAILER = Long.BYTES + Integer.BYTES;
    private static final int MOST = 64 << 20;

    private DeviceStream() {}

    /** Writes a stream to a file that is not there yet. */
    static void write(Path file, byte[] stream) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(stream.length + TRAILER);
        bytes.put(stream).putLong(stream.length).putInt(sum(stream, stream.length));
        var own = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel =
                FileChannel.open(file, EnumSet.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), own)) {
            bytes.flip();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    /**
     * Reads a file that {@link #write} wrote.
     *
     * @throws IOException when it is not whole
     */
    static byte[] read(Path file) throws IOException {
        long size = Files.size(file);
        if (size < HEADER + TRAILER || size > MOST) {
            throw broken(file, "has " + size + " bytes");
        }
        byte[] all = Files.readAllBytes(file);
        ByteBuffer bytes = ByteBuffer.wrap(all);
        int length = all.length - TRAILER;
        if (bytes.getLong(length) != length || bytes.getInt(length + Long.BYTES) != sum(all, length)) {
            throw broken(file, "does not add up");
        }
        return Arrays.copyOf(all, length);
    }

    /**
     * The stream of a clone.
     *
     * @param template stream of the template
     * @param devices what QEMU saved of the clone
     */
    static byte[] spliced(byte[] template, byte[] devices) throws IOException {
        check(template, "of the template");
        check(devices, "that QEMU saved");
        if (devices[HEADER] != WHOLE_SECTION) {
            throw new IOException("the devices that QEMU saved begin with a section of type " + devices[HEADER]
                    + ", expected is " + WHOLE_SECTION);
        }
        int begin = beginOf(ByteBuffer.wrap(template), firstName(devices));
        ByteBuffer spliced = ByteBuffer.allocate(begin + devices.length - HEADER);
        spliced.put(template, 0, begin).put(devices, HEADER, devices.length - HEADER);
        return spliced.array();
    }

    private static void check(byte[] stream, String which) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(stream);
        if (stream.length < HEADER + FOOTER_LENGTH + 1
                || bytes.getInt(0) != MAGIC
                || bytes.getInt(Integer.BYTES) != VERSION
                || stream[stream.length - 1] != END
                || stream[stream.length - 1 - FOOTER_LENGTH] != FOOTER) {
            throw new IOException("the state of the devices " + which + " is no whole stream of version " + VERSION
                    + "; it has " + stream.length + " bytes");
        }
    }

    /** Name and instance of the first section: length, name, number. */
    private static ByteBuffer firstName(byte[] devices) throws IOException {
        int at = HEADER + 1 + Integer.BYTES;
        int length = 1 + Byte.toUnsignedInt(devices[at]) + Integer.BYTES;
        if (at + length > devices.length) {
            throw new IOException("the devices that QEMU saved end in the name of the first one");
        }
        return ByteBuffer.wrap(devices).slice(at, length);
    }

    /** Where the section of that name begins: right behind the end of another, and once only. */
    private static int beginOf(ByteBuffer template, ByteBuffer name) throws IOException {
        int found = -1;
        int before = FOOTER_LENGTH + 1 + Integer.BYTES;
        for (int at = HEADER + before; at + name.remaining() <= template.limit(); at++) {
            int begin = at - 1 - Integer.BYTES;
            if (template.get(begin) == WHOLE_SECTION
                    && template.get(begin - FOOTER_LENGTH) == FOOTER
                    && template.slice(at, name.remaining()).equals(name)) {
                if (found >= 0) {
                    throw new IOException(
                            "the template's state has its first device twice, at " + found + " and " + begin);
                }
                found = begin;
            }
        }
        if (found < 0) {
            throw new IOException("the template's state has no device as the first one of the clone; was it made by"
                    + " another version of QEMU?");
        }
        return found;
    }

    private static int sum(byte[] bytes, int length) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, length);
        return (int) sum.getValue();
    }

    private static IOException broken(Path file, String how) {
        return new IOException("file " + file + " of saved devices " + how
                + "; it was not written to its end or was changed, take an earlier one");
    }
}
