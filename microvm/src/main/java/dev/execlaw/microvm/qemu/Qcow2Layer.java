package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Locale;

/**
 * Makes an empty qcow2 layer over a disk, by the format's description (docs/interop/qcow2.txt of QEMU): one cluster each
 * for the header, the table of reference counts, the counts, and the table of tables. A process for it would take 11 ms.
 */
final class Qcow2Layer {

    private static final int MAGIC = 0x514649fb;
    private static final int CLUSTER_BITS = 16;
    private static final int CLUSTER = 1 << CLUSTER_BITS;
    private static final int CLUSTERS = 4;
    private static final int HEADER = 112;
    private static final int BACKING_FORMAT = 0xe2792aca;
    private static final int LONGEST_NAME = 1023;

    /** Bytes of a disk for which one entry of the table of tables stands. */
    private static final long PER_ENTRY = (long) CLUSTER * (CLUSTER / Long.BYTES);

    private Qcow2Layer() {}

    /** Makes the layer, 0600, in a file that is not there yet. */
    static void make(Disk base, Path file) throws IOException {
        long size = size(base);
        long entries = Math.ceilDiv(size, PER_ENTRY);
        if (size <= 0 || entries > CLUSTER / Long.BYTES) {
            throw new IOException("disk " + base.path() + " has " + size + " bytes; a layer may have 1 to "
                    + PER_ENTRY * (CLUSTER / Long.BYTES));
        }
        byte[] name = nameFrom(base.path(), file).getBytes(StandardCharsets.UTF_8);
        if (name.length > LONGEST_NAME) {
            throw new IOException("disk " + base.path() + " has a name of " + name.length + " bytes, a layer holds "
                    + LONGEST_NAME + "; use a shorter directory");
        }
        var own = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel =
                FileChannel.open(file, EnumSet.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), own)) {
            write(channel, header(size, (int) entries, format(base), name), 0);
            write(channel, ByteBuffer.allocate(Long.BYTES).putLong(0, 2L * CLUSTER), CLUSTER);
            ByteBuffer counts = ByteBuffer.allocate(CLUSTERS * Short.BYTES);
            while (counts.hasRemaining()) {
                counts.putShort((short) 1);
            }
            write(channel, counts.flip(), 2L * CLUSTER);
            // The empty table of tables: as long as the file, so that all of it is there.
            write(channel, ByteBuffer.allocate(1), (long) CLUSTERS * CLUSTER - 1);
        }
    }

    private static ByteBuffer header(long size, int entries, byte[] format, byte[] name) {
        ByteBuffer header = ByteBuffer.allocate(CLUSTER);
        int nameAt = HEADER + 8 + Math.ceilDiv(format.length, 8) * 8 + 8;
        header.putInt(MAGIC).putInt(3).putLong(nameAt).putInt(name.length);
        header.putInt(CLUSTER_BITS).putLong(size).putInt(0);
        header.putInt(entries).putLong(3L * CLUSTER);
        header.putLong(CLUSTER).putInt(1);
        header.putInt(0).putLong(0);
        // Features: none. Counts of 16 bits.
        header.putLong(0).putLong(0).putLong(0).putInt(4).putInt(HEADER);
        header.position(HEADER).putInt(BACKING_FORMAT).putInt(format.length).put(format);
        header.position(nameAt).put(name);
        return header.clear();
    }

    /** Relative within one directory, so that the directory may be another one for a copy of both. */
    static String nameFrom(Path base, Path file) {
        Path below = base.toAbsolutePath().normalize();
        Path directory = file.toAbsolutePath().normalize().getParent();
        Path name = below.getFileName();
        return name != null && below.resolveSibling("").equals(directory) ? name.toString() : below.toString();
    }

    private static byte[] format(Disk disk) {
        return disk.format().name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }

    private static long size(Disk disk) throws IOException {
        return switch (disk.format()) {
            case RAW -> Files.size(disk.path());
            case QCOW2 -> {
                ByteBuffer header = ByteBuffer.allocate(32);
                try (FileChannel channel = FileChannel.open(disk.path())) {
                    while (header.hasRemaining() && channel.read(header) >= 0) {}
                }
                if (header.hasRemaining() || header.getInt(0) != MAGIC) {
                    throw new IOException("disk " + disk.path() + " is no qcow2 file");
                }
                yield header.getLong(24);
            }
        };
    }

    private static void write(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
        long place = at;
        while (bytes.hasRemaining()) {
            place += channel.write(bytes, place);
        }
    }
}
