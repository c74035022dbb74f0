package dev.execlaw.microvm.diff;

import java.io.IOException;
import java.util.BitSet;

/** Tells which blocks of two states of one disk are the same; those that both have from one place are not read. */
final class SharedBlocks {

    private final FileSystem older;
    private final FileSystem newer;
    private final int granuleBits;
    private final BitSet apart = new BitSet();

    SharedBlocks(FileSystem older, FileSystem newer) throws DiffException {
        if (older.superblock().blockSize() != newer.superblock().blockSize()) {
            throw new DiffException("the two disks hold different file systems: the blocks of one have "
                    + older.superblock().blockSize() + " bytes, those of the other "
                    + newer.superblock().blockSize());
        }
        this.older = older;
        this.newer = newer;
        this.granuleBits = Math.min(older.disk().granuleBits(), newer.disk().granuleBits());
        long size = Math.max(older.disk().size(), newer.disk().size());
        if (size >>> granuleBits > ChainedDisk.MOST_GRANULES) {
            throw new DiffException("disks of %d bytes cannot be compared in pieces of %d; at most %d pieces are"
                    .formatted(size, 1 << granuleBits, ChainedDisk.MOST_GRANULES));
        }
        for (long at = 0; at < size; at += 1L << granuleBits) {
            if (!older.disk().place(at).equals(newer.disk().place(at))) {
                apart.set((int) (at >>> granuleBits));
            }
        }
    }

    /** Whether the two disks are the same bytes from end to end, as far as is known without reading. */
    boolean all() {
        return apart.isEmpty() && older.disk().size() == newer.disk().size();
    }

    /** Whether these blocks hold the same bytes in both. */
    boolean same(long first, long count) throws IOException {
        if (!suspect(first, count)) {
            return true;
        }
        for (long block = first; block < first + count; block++) {
            if (suspect(block, 1)) {
                older.deadline().check();
                if (!older.block(block).equals(newer.block(block))) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean suspect(long first, long count) {
        int blockSize = older.superblock().blockSize();
        int from = (int) ((first * blockSize) >>> granuleBits);
        int to = (int) (((first + count) * blockSize - 1) >>> granuleBits);
        int next = apart.nextSetBit(from);
        return (next >= 0 && next <= to)
                || older.journal().touches(first, count)
                || newer.journal().touches(first, count);
    }
}
