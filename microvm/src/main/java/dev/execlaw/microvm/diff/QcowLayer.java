package dev.execlaw.microvm.diff;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One qcow2 file: its header and its tables (docs/interop/qcow2.txt of QEMU). Only what machines' layers are made of is
 * read: no compressed clusters, no encryption, no data in another file.
 */
final class QcowLayer {

    private static final int MAGIC = 0x514649fb;
    private static final int HEADER = 104;
    private static final int BACKING_FORMAT = 0xe2792aca;
    private static final int LONGEST_NAME = 1023;
    private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;
    private static final long COMPRESSED = 1L << 62;
    private static final long ALL_ZERO = 1;
    private static final long DIRTY = 1;
    private static final long COMPRESSION_TYPE = 8;

    private final DiskFile file;
    private final int clusterBits;
    private final long size;
    private final String backing;
    private final boolean backingIsQcow;
    private final long[] l1;
    private final boolean zeroFlags;

    private QcowLayer(DiskFile file, ByteBuffer header) throws IOException {
        this.file = file;
        int version = header.getInt(4);
        require(header.getInt(0) == MAGIC && (version == 2 || version == 3), "is no qcow2 file of version 2 or 3");
        zeroFlags = version == 3;
        clusterBits = header.getInt(20);
        require(clusterBits >= 9 && clusterBits <= 21, "has clusters of 2^" + clusterBits + " bytes");
        size = header.getLong(24);
        require(size > 0 && size <= ChainedDisk.LARGEST, "holds " + size + " bytes");
        require(header.getInt(32) == 0, "is encrypted");
        long features = zeroFlags ? header.getLong(72) & ~(DIRTY | COMPRESSION_TYPE) : 0;
        require(features == 0, "has features 0x" + Long.toHexString(features) + ", which are not known here");
        backing = backing(header.getLong(8), header.getInt(16));
        backingIsQcow = !backing.isEmpty() && backingIsQcow(zeroFlags ? header.getInt(100) : 72);
        l1 = l1(header.getInt(36), header.getLong(40));
    }

    static QcowLayer of(DiskFile file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        file.read(0, header);
        return new QcowLayer(file, header);
    }

    private String backing(long at, int length) throws IOException {
        if (at == 0) {
            return "";
        }
        require(at > 0 && at <= 1 << clusterBits, "names a file under it at byte " + at);
        require(length >= 1 && length <= LONGEST_NAME, "names a file under it with " + length + " bytes");
        ByteBuffer name = ByteBuffer.allocate(length);
        file.read(at, name);
        return StandardCharsets.UTF_8.decode(name.flip()).toString();
    }

    /** The format must be said: a guest could write another one's first bytes into its raw disk. */
    private boolean backingIsQcow(int extensions) throws IOException {
        require(extensions >= 72 && extensions <= 1 << clusterBits, "has a header of " + extensions + " bytes");
        ByteBuffer head = ByteBuffer.allocate(8);
        long at = extensions;
        while (at < 1L << clusterBits) {
            file.read(at, head.clear());
            int type = head.getInt(0);
            int length = head.getInt(4);
            if (type == 0 || length < 0) {
                break;
            }
            if (type == BACKING_FORMAT && length <= LONGEST_NAME) {
                ByteBuffer name = ByteBuffer.allocate(length);
                file.read(at + 8, name);
                String format = StandardCharsets.UTF_8.decode(name.flip()).toString();
                require(format.equals("raw") || format.equals("qcow2"), "lies on a disk in the format " + format);
                return format.equals("qcow2");
            }
            at += 8 + ((length + 7L) & ~7L);
        }
        throw new DiffException("disk " + file.path() + " does not say which format the file under it has");
    }

    private long[] l1(int entries, long at) throws IOException {
        long span = 1L << (2 * clusterBits - 3);
        long needed = (size + span - 1) / span;
        require(entries >= needed && at > 0 && at + 8L * needed <= file.length(), "has a broken first table");
        ByteBuffer table = ByteBuffer.allocate(Math.toIntExact(8 * needed));
        file.read(at, table);
        long[] l1 = new long[(int) needed];
        table.flip().asLongBuffer().get(l1);
        return l1;
    }

    DiskFile file() {
        return file;
    }

    int clusterBits() {
        return clusterBits;
    }

    long size() {
        return size;
    }

    /** The file under it, empty when it stands alone. */
    Optional<Path> backing() throws DiffException {
        if (backing.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(file.path().resolveSibling(backing));
        } catch (IllegalArgumentException e) {
            throw new DiffException("disk " + file.path() + " names a file under it that is no path", e);
        }
    }

    /** Whether {@link #backing} is a layer too, and not raw. */
    boolean backingIsQcow() {
        return backingIsQcow;
    }

    /** Tells where the clusters are that this layer holds itself. */
    void clusters(Clusters each, Deadline deadline) throws IOException {
        ByteBuffer table = ByteBuffer.allocate(1 << clusterBits);
        int entries = 1 << (clusterBits - 3);
        for (int i = 0; i < l1.length; i++) {
            long at = l1[i] & OFFSET;
            if (at == 0) {
                continue;
            }
            deadline.check();
            require(at + table.capacity() <= file.length(), "has a table at byte " + at + ", beyond its end");
            file.read(at, table.clear());
            for (int j = 0; j < entries; j++) {
                long cluster = (long) i * entries + j;
                if (cluster << clusterBits >= size) {
                    break;
                }
                entry(cluster, table.getLong(8 * j), each);
            }
        }
    }

    private void entry(long cluster, long entry, Clusters each) throws IOException {
        require((entry & COMPRESSED) == 0, "has compressed clusters; machines' layers have none");
        long at = entry & OFFSET;
        if (zeroFlags && (entry & ALL_ZERO) != 0) {
            each.zero(cluster);
        } else if (at != 0) {
            require(at < file.length(), "has a cluster at byte " + at + ", beyond its end");
            each.at(cluster, at);
        }
    }

    private void require(boolean holds, String otherwise) throws DiffException {
        if (!holds) {
            throw new DiffException("disk " + file.path() + " " + otherwise);
        }
    }

    /** Is told of clusters by their number. */
    interface Clusters {

        void zero(long cluster);

        void at(long cluster, long offset);
    }
}
