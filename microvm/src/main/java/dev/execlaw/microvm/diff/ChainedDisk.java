package dev.execlaw.microvm.diff;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A disk as its guest sees it: a raw file, or a chain of qcow2 layers of which, for each granule (the smallest cluster of
 * the chain), the place in one of the files is known. Belongs to one thread.
 */
final class ChainedDisk implements Closeable {

    /** The largest disk that is read, bytes. */
    static final long LARGEST = 1L << 42;

    private static final int RAW_GRANULE_BITS = 16;
    static final int MOST_GRANULES = 1 << 24;
    private static final int MOST_FILES = 512;
    private static final int ZERO = -1;
    private static final int UNKNOWN = -2;

    private final List<DiskFile> files = new ArrayList<>();
    private final List<QcowLayer> layers = new ArrayList<>();
    private long size;
    private int granuleBits = RAW_GRANULE_BITS;
    private int[] sources = {};
    private long[] offsets = {};

    private ChainedDisk() {}

    static ChainedDisk open(Disk disk, List<Path> roots, Deadline deadline) throws IOException {
        ChainedDisk chain = new ChainedDisk();
        try {
            chain.openFiles(disk, roots);
            chain.resolve(disk, deadline);
            return chain;
        } catch (IOException | RuntimeException e) {
            chain.close();
            throw e;
        }
    }

    private void openFiles(Disk disk, List<Path> roots) throws IOException {
        Set<Object> seen = new HashSet<>();
        Optional<Path> next = Optional.of(disk.path());
        boolean qcow = disk.format() == Disk.Format.QCOW2;
        while (next.isPresent()) {
            DiskFile file = DiskFile.open(next.get(), roots);
            files.add(file);
            if (!seen.add(file.identity()) || files.size() > MOST_FILES) {
                throw new DiffException("disk " + disk.path() + " lies on itself or on more than " + MOST_FILES
                        + " files; the last is " + file.path());
            }
            if (!qcow) {
                next = Optional.empty();
            } else {
                QcowLayer layer = QcowLayer.of(file);
                layers.add(layer);
                next = layer.backing();
                qcow = next.isPresent() && layer.backingIsQcow();
            }
        }
    }

    private void resolve(Disk disk, Deadline deadline) throws IOException {
        DiskFile base = files.getLast();
        boolean raw = layers.size() < files.size();
        size = layers.isEmpty() ? base.length() : layers.getFirst().size();
        for (QcowLayer layer : layers) {
            granuleBits = Math.min(granuleBits, layer.clusterBits());
        }
        long granules = (size + granuleSize() - 1) >>> granuleBits;
        if (size > LARGEST || granules > MOST_GRANULES) {
            throw new DiffException("disk %s holds %d bytes in clusters of %d; at most %d clusters are compared"
                    .formatted(disk.path(), size, granuleSize(), MOST_GRANULES));
        }
        sources = new int[(int) granules];
        offsets = new long[(int) granules];
        Arrays.fill(sources, UNKNOWN);
        long seen = size;
        for (int i = 0; i < layers.size(); i++) {
            seen = Math.min(seen, layers.get(i).size());
            layers.get(i).clusters(new Filling(i, layers.get(i).clusterBits()), deadline);
            zeroFrom(seen);
        }
        fillRest(raw ? files.size() - 1 : ZERO, raw ? base.length() : 0);
    }

    /** What lies beyond the end of a layer is nothing, whatever is under it. */
    private void zeroFrom(long end) {
        for (long g = (end + granuleSize() - 1) >>> granuleBits; g < sources.length; g++) {
            if (sources[(int) g] == UNKNOWN) {
                sources[(int) g] = ZERO;
            }
        }
    }

    private void fillRest(int source, long length) {
        for (int g = 0; g < sources.length; g++) {
            if (sources[g] == UNKNOWN) {
                long offset = (long) g << granuleBits;
                sources[g] = offset < length ? source : ZERO;
                offsets[g] = offset;
            }
        }
    }

    private long granuleSize() {
        return 1L << granuleBits;
    }

    long size() {
        return size;
    }

    /** How many bytes, as a power of two, are at one place. */
    int granuleBits() {
        return granuleBits;
    }

    /** Which file holds the byte; null where it is a zero that nobody wrote. */
    Place place(long at) {
        int granule = (int) (at >>> granuleBits);
        if (granule >= sources.length || sources[granule] < 0) {
            return Place.NOWHERE;
        }
        return new Place(files.get(sources[granule]).identity(), offsets[granule] + (at & (granuleSize() - 1)));
    }

    /** Reads within the disk. */
    void read(long from, ByteBuffer into) throws IOException {
        if (from < 0 || from + into.remaining() > size) {
            throw new DiffException(
                    "bytes %d to %d are asked of a disk of %d".formatted(from, from + into.remaining(), size));
        }
        int end = into.limit();
        long at = from;
        while (into.position() < end) {
            int granule = (int) (at >>> granuleBits);
            long within = at & (granuleSize() - 1);
            int length = (int) Math.min(end - into.position(), granuleSize() - within);
            into.limit(into.position() + length);
            if (sources[granule] < 0) {
                into.put(new byte[length]);
            } else {
                files.get(sources[granule]).read(offsets[granule] + within, into);
            }
            at += length;
        }
        into.limit(end);
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (DiskFile file : files) {
            try {
                file.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Where a byte lies on the host. */
    record Place(Object file, long offset) {

        static final Place NOWHERE = new Place("nowhere", 0);
    }

    /** Enters the clusters of one layer where no layer over it has any. */
    private final class Filling implements QcowLayer.Clusters {

        private final int source;
        private final int shift;

        Filling(int source, int clusterBits) {
            this.source = source;
            this.shift = clusterBits - granuleBits;
        }

        @Override
        public void zero(long cluster) {
            fill(cluster, ZERO, 0);
        }

        @Override
        public void at(long cluster, long offset) {
            fill(cluster, source, offset);
        }

        private void fill(long cluster, int from, long offset) {
            long first = cluster << shift;
            for (long g = first; g < first + (1L << shift) && g < sources.length; g++) {
                if (sources[(int) g] == UNKNOWN) {
                    sources[(int) g] = from;
                    offsets[(int) g] = offset + ((g - first) << granuleBits);
                }
            }
        }
    }
}
