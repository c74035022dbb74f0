package dev.execlaw.microvm.diff;

import static dev.execlaw.microvm.diff.Unsigned.u16;
import static dev.execlaw.microvm.diff.Unsigned.u32;
import static dev.execlaw.microvm.diff.Unsigned.u48;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a file's blocks lie: runs of blocks in the order of the file. What is in no run is a hole and reads as zeros, as
 * do extents that were reserved and never written.
 */
record BlockMap(List<Run> runs) {

    private static final int MAGIC = 0xf30a;
    private static final int DEEPEST = 5;
    private static final int MOST_NODES = 1 << 17;
    private static final int MOST_RUNS = 1 << 20;
    private static final int WRITTEN = 1 << 15;
    private static final int DIRECT = 12;

    /** Blocks that follow each other, in the file and on the disk. */
    record Run(long logical, long physical, long count) {

        long end() {
            return logical + count;
        }
    }

    static BlockMap of(FileSystem system, Inode inode) throws IOException {
        Reading reading = new Reading(system, inode);
        ByteBuffer map = inode.bytes().duplicate().order(inode.bytes().order());
        map.position(Inode.MAP).limit(Inode.MAP + Inode.MAP_LENGTH);
        ByteBuffer root = map.slice().order(inode.bytes().order());
        if (inode.hasExtents()) {
            reading.extents(root, DEEPEST, true);
        } else {
            reading.pointers(root);
        }
        return new BlockMap(reading.runs);
    }

    /** The run that holds this block of the file, or the hole up to the next one: then its physical block is 0. */
    Run at(long logical, long end) {
        int low = 0;
        int high = runs.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (runs.get(middle).end() <= logical) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Run next = low < runs.size() ? runs.get(low) : new Run(end, 0, 0);
        if (next.logical() > logical || next.count() == 0) {
            return new Run(logical, 0, Math.min(next.logical(), end) - logical);
        }
        long skipped = logical - next.logical();
        return new Run(logical, next.physical() + skipped, Math.min(next.count() - skipped, end - logical));
    }

    /** Reads the map of one inode. */
    private static final class Reading {

        private final FileSystem system;
        private final Inode inode;
        private final long blocks;
        private final List<Run> runs = new ArrayList<>();
        private int nodes;

        Reading(FileSystem system, Inode inode) throws DiffException {
            this.system = system;
            this.inode = inode;
            int blockSize = system.superblock().blockSize();
            this.blocks = (inode.size() + blockSize - 1) / blockSize;
        }

        void extents(ByteBuffer node, int deepest, boolean root) throws IOException {
            int entries = u16(node, 2);
            int depth = u16(node, 6);
            require(
                    u16(node, 0) == MAGIC
                            && 12 + 12 * entries <= node.limit()
                            && (root ? depth <= deepest : depth == deepest)
                            && (root || entries > 0),
                    "has a broken extent tree");
            for (int i = 0; i < entries; i++) {
                int at = 12 + 12 * i;
                long logical = u32(node, at);
                if (depth == 0) {
                    int length = u16(node, at + 4);
                    long physical = u48(node, at + 8, at + 6);
                    require(length > 0, "has an empty extent");
                    extent(logical, physical, length);
                } else {
                    long child = u48(node, at + 4, at + 8);
                    extents(descend(child), depth - 1, false);
                }
            }
        }

        private void extent(long logical, long physical, int length) throws DiffException {
            require(runs.isEmpty() || logical >= runs.getLast().end(), "has extents out of order");
            if (length <= WRITTEN) {
                add(logical, physical, length);
            }
        }

        /** The map of before extents: twelve blocks, and one each of depth 1, 2 and 3. */
        void pointers(ByteBuffer map) throws IOException {
            for (int i = 0; i < DIRECT; i++) {
                pointer(i, map.getInt(4 * i));
            }
            long per = system.superblock().blockSize() / 4;
            long first = DIRECT;
            long span = per;
            for (int depth = 1; depth <= 3; depth++) {
                indirect(map.getInt(4 * (DIRECT + depth - 1)), depth, first, span);
                first += span;
                span *= per;
            }
        }

        private void indirect(int block, int depth, long first, long span) throws IOException {
            if (block == 0 || first >= blocks) {
                return;
            }
            ByteBuffer node = descend(block & 0xffff_ffffL);
            long per = system.superblock().blockSize() / 4;
            long step = span / per;
            for (int i = 0; i < per; i++) {
                if (depth == 1) {
                    pointer(first + i, node.getInt(4 * i));
                } else {
                    indirect(node.getInt(4 * i), depth - 1, first + i * step, step);
                }
            }
        }

        private void pointer(long logical, int physical) throws DiffException {
            if (physical != 0 && logical < blocks) {
                add(logical, physical & 0xffff_ffffL, 1);
            }
        }

        private ByteBuffer descend(long block) throws IOException {
            require(++nodes <= MOST_NODES, "has a map of more than " + MOST_NODES + " blocks");
            system.deadline().check();
            return system.block(block);
        }

        private void add(long logical, long physical, long count) throws DiffException {
            require(
                    physical > 0 && physical + count <= system.superblock().blocks(),
                    "has blocks at " + physical + ", beyond the file system's end");
            Run last = runs.isEmpty() ? new Run(-1, -1, 0) : runs.getLast();
            if (last.end() == logical && last.physical() + last.count() == physical) {
                runs.set(runs.size() - 1, new Run(last.logical(), last.physical(), last.count() + count));
            } else {
                require(runs.size() < MOST_RUNS, "is in more than " + MOST_RUNS + " pieces");
                runs.add(new Run(logical, physical, count));
            }
        }

        private void require(boolean holds, String otherwise) throws DiffException {
            if (!holds) {
                throw new DiffException("inode " + inode.number() + " " + otherwise);
            }
        }
    }
}
