package dev.execlaw.microvm.diff;

import static dev.execlaw.microvm.diff.Unsigned.u32;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that a file system's journal would put in the place of others when it is mounted: all of the committed
 * transactions, as jbd2 does it (Documentation/filesystems/ext4/journal.rst of Linux). Fast commits are not read.
 */
final class Journal {

    static final int MAGIC = 0xc03b3998;
    static final Journal EMPTY = new Journal(new TreeMap<>(), Optional.empty());

    private static final int DESCRIPTOR = 1;
    private static final int COMMIT = 2;
    private static final int SUPERBLOCK_1 = 3;
    private static final int SUPERBLOCK_2 = 4;
    private static final int REVOKE = 5;
    private static final int WIDE = 2;
    private static final int CHECKSUM_2 = 8;
    private static final int CHECKSUM_3 = 0x10;
    private static final int FAST_COMMIT = 0x20;
    private static final int DEFAULT_FAST_BLOCKS = 256;
    private static final int TAG_ESCAPED = 1;
    private static final int TAG_SAME_UUID = 2;
    private static final int TAG_LAST = 8;
    private static final int MOST_BLOCKS = 1 << 20;

    private final NavigableMap<Long, Copy> copies;
    private final Optional<String> note;

    private Journal(NavigableMap<Long, Copy> copies, Optional<String> note) {
        this.copies = copies;
        this.note = note;
    }

    static Journal of(FileSystem system) throws IOException {
        if (system.superblock().journalInode() == 0) {
            return new Journal(
                    new TreeMap<>(), Optional.of("the journal is on another disk; what only it holds is missing"));
        }
        return new Scan(system).run();
    }

    /** What takes the place of a block; null when nothing does. */
    @Nullable
    Copy copy(long block) {
        return copies.get(block);
    }

    /** Whether anything takes the place of one of these blocks. */
    boolean touches(long first, long count) {
        Long next = copies.ceilingKey(first);
        return next != null && next < first + count;
    }

    /** What a reader must know of it. */
    Optional<String> note() {
        return note;
    }

    /**
     * A block's content in the journal.
     *
     * @param block where it lies
     * @param escaped whether its first four bytes stand for {@link #MAGIC}
     */
    record Copy(long block, boolean escaped) {}

    private record Logged(long sequence, long target, Copy copy) {}

    /** Goes through the journal once, from its tail to the first block that does not belong to it. */
    private static final class Scan {

        private final FileSystem system;
        private final BlockMap map;
        private final long first;
        private final long end;
        private final int features;
        private final long start;
        private final long firstSequence;
        private final List<Logged> logged = new ArrayList<>();
        private final Map<Long, Long> revoked = new HashMap<>();
        private long left;

        Scan(FileSystem system) throws IOException {
            this.system = system;
            Inode inode = system.inode(system.superblock().journalInode());
            this.map = BlockMap.of(system, inode);
            ByteBuffer head = block(0);
            int type = head.getInt(4);
            require(head.getInt(0) == MAGIC && (type == SUPERBLOCK_1 || type == SUPERBLOCK_2), "has no superblock");
            require(head.getInt(12) == system.superblock().blockSize(), "has other blocks");
            features = type == SUPERBLOCK_2 ? head.getInt(40) : 0;
            int known = 1 | WIDE | 4 | CHECKSUM_2 | CHECKSUM_3 | FAST_COMMIT;
            require((features & ~known) == 0, "has features 0x" + Integer.toHexString(features));
            long length = u32(head, 16);
            int fast = head.getInt(0x54);
            long fastBlocks = (features & FAST_COMMIT) == 0 ? 0 : fast == 0 ? DEFAULT_FAST_BLOCKS : fast;
            first = u32(head, 20);
            end = length - fastBlocks;
            firstSequence = u32(head, 24);
            start = u32(head, 28);
            require(first >= 1 && first < end && end <= MOST_BLOCKS && start < end, "has a broken superblock");
        }

        Journal run() throws IOException {
            NavigableMap<Long, Copy> copies = new TreeMap<>();
            if (start != 0) {
                scan();
                for (Logged block : logged) {
                    Long revokedBy = revoked.get(block.target);
                    // Sequence numbers wrap; only their distance says which is later.
                    if (revokedBy == null || (int) (block.sequence - revokedBy) > 0) {
                        copies.put(block.target, block.copy);
                    }
                }
            }
            boolean fast = (features & FAST_COMMIT) != 0;
            return new Journal(
                    copies,
                    fast ? Optional.of("the journal may hold fast commits, which are not read") : Optional.empty());
        }

        private void scan() throws IOException {
            long at = start;
            long sequence = firstSequence;
            left = end;
            List<Logged> open = new ArrayList<>();
            Map<Long, Long> openRevoked = new HashMap<>();
            while (left-- > 0) {
                system.deadline().check();
                ByteBuffer block = block(at);
                if (block.getInt(0) != MAGIC || u32(block, 8) != sequence) {
                    return;
                }
                int type = block.getInt(4);
                at = next(at);
                if (type == DESCRIPTOR) {
                    at = descriptor(block, at, sequence, open);
                } else if (type == REVOKE) {
                    revoke(block, sequence, openRevoked);
                } else if (type == COMMIT) {
                    logged.addAll(open);
                    revoked.putAll(openRevoked);
                    open.clear();
                    openRevoked.clear();
                    sequence = (sequence + 1) & 0xffff_ffffL;
                } else {
                    return;
                }
            }
        }

        private long descriptor(ByteBuffer block, long from, long sequence, List<Logged> open) throws IOException {
            boolean third = (features & CHECKSUM_3) != 0;
            boolean wide = (features & WIDE) != 0;
            boolean checked = third || (features & CHECKSUM_2) != 0;
            int tag = third ? 16 : (wide ? 12 : 8) + (checked ? 2 : 0);
            int limit = block.limit() - (checked ? 4 : 0);
            long at = from;
            int position = 12;
            while (position + tag <= limit && left-- > 0) {
                int flags = third ? block.getInt(position + 4) : block.getShort(position + 6);
                long high = wide ? u32(block, position + 8) : 0;
                long target = u32(block, position) | (high << 32);
                Copy copy = new Copy(physical(at), (flags & TAG_ESCAPED) != 0);
                open.add(new Logged(sequence, target, copy));
                at = next(at);
                position += tag + ((flags & TAG_SAME_UUID) == 0 ? 16 : 0);
                if ((flags & TAG_LAST) != 0) {
                    break;
                }
            }
            return at;
        }

        private void revoke(ByteBuffer block, long sequence, Map<Long, Long> into) {
            boolean wide = (features & WIDE) != 0;
            int end = Math.min(block.limit(), block.getInt(12));
            int step = wide ? 8 : 4;
            for (int at = 16; at + step <= end; at += step) {
                into.put(wide ? block.getLong(at) : u32(block, at), sequence);
            }
        }

        private long next(long at) {
            return at + 1 < end ? at + 1 : first;
        }

        private ByteBuffer block(long logical) throws IOException {
            return system.block(physical(logical)).order(ByteOrder.BIG_ENDIAN);
        }

        private long physical(long logical) throws DiffException {
            long physical = map.at(logical, logical + 1).physical();
            require(physical != 0, "has a hole at block " + logical);
            return physical;
        }

        private static void require(boolean holds, String otherwise) throws DiffException {
            if (!holds) {
                throw new DiffException("its journal " + otherwise);
            }
        }
    }
}
