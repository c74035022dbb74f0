package dev.execlaw.microvm.diff;

import static dev.execlaw.microvm.diff.Unsigned.u16;
import static dev.execlaw.microvm.diff.Unsigned.u32;
import static dev.execlaw.microvm.diff.Unsigned.u64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The shape of an ext4 file system (Documentation/filesystems/ext4/super.rst of Linux): what is needed to find its inodes.
 * Checksums are not looked at: they prove nothing about a guest that means harm.
 */
record Superblock(
        int blockSize,
        long blocks,
        long inodes,
        long firstBlock,
        long blocksPerGroup,
        long inodesPerGroup,
        int inodeSize,
        int descriptorSize,
        long firstMetaGroup,
        int compatible,
        int incompatible,
        int readOnlyCompatible,
        long journalInode,
        long backupGroup1,
        long backupGroup2) {

    /** Where it lies on the disk, and how long it is. */
    static final int OFFSET = 1024;

    static final int LENGTH = 1024;

    static final int META_GROUPS = 0x10;
    private static final int MAGIC = 0xef53;
    private static final int NEEDS_RECOVERY = 4;
    private static final int WIDE = 0x80;
    private static final int SPARSE_SUPER_2 = 0x200;
    private static final int SPARSE_SUPER = 1;
    private static final int HAS_JOURNAL = 4;
    /** filetype, recover, meta_bg, extents, 64bit, mmp, flex_bg, ea_inode, csum_seed, largedir, inline, encrypt, casefold. */
    private static final int KNOWN = 0x2 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x3e000;

    static Superblock of(ByteBuffer bytes, long diskSize) throws DiffException {
        ByteBuffer b = bytes.order(ByteOrder.LITTLE_ENDIAN);
        require(u16(b, 0x38) == MAGIC, "there is no ext4 file system on it");
        int incompatible = b.getInt(0x60);
        require(
                (incompatible & ~KNOWN) == 0,
                "its file system has features 0x%x, which are not known here".formatted(incompatible & ~KNOWN));
        int blockBits = b.getInt(0x18);
        require(blockBits >= 0 && blockBits <= 6, "it says its blocks have 2^" + (blockBits + 10L) + " bytes");
        boolean wide = (incompatible & WIDE) != 0;
        boolean old = b.getInt(0x4c) == 0;
        Superblock superblock = new Superblock(
                1024 << blockBits,
                wide ? u64(b, 4, 0x150) : u32(b, 4),
                u32(b, 0),
                u32(b, 0x14),
                u32(b, 0x20),
                u32(b, 0x28),
                old ? 128 : u16(b, 0x58),
                wide ? u16(b, 0xfe) : 32,
                u32(b, 0x104),
                b.getInt(0x5c),
                incompatible,
                b.getInt(0x64),
                u32(b, 0xe0),
                u32(b, 0x24c),
                u32(b, 0x250));
        superblock.check(diskSize);
        return superblock;
    }

    private void check(long diskSize) throws DiffException {
        require(
                blocks > firstBlock && blocks <= diskSize / blockSize,
                "it says it has %d blocks of %d bytes, but the disk has %d bytes"
                        .formatted(blocks, blockSize, diskSize));
        require(firstBlock <= 1, "its first block is " + firstBlock);
        require(
                blocksPerGroup >= 8 && blocksPerGroup < 1L << 31,
                "it says it has " + blocksPerGroup + " blocks in a group");
        require(
                inodesPerGroup >= 1 && inodesPerGroup <= 8L * blockSize,
                "it says it has " + inodesPerGroup + " inodes in a group");
        require(
                inodeSize >= 128 && inodeSize <= blockSize && Integer.bitCount(inodeSize) == 1,
                "it says its inodes have " + inodeSize + " bytes");
        require(
                descriptorSize >= 32 && descriptorSize <= blockSize && Integer.bitCount(descriptorSize) == 1,
                "it says its group descriptors have " + descriptorSize + " bytes");
        require(
                inodes <= groups() * inodesPerGroup && inodes <= blocks * (blockSize / inodeSize),
                "it says it has " + inodes + " inodes");
        require(inodes < Integer.MAX_VALUE, "it has " + inodes + " inodes; at most 2147483646 are compared");
    }

    long groups() {
        return (blocks - firstBlock + blocksPerGroup - 1) / blocksPerGroup;
    }

    /** Whether there is a journal in the file system that was not written back when the disk was last touched. */
    boolean needsRecovery() {
        return (compatible & HAS_JOURNAL) != 0 && (incompatible & NEEDS_RECOVERY) != 0;
    }

    /** The block that holds the descriptor of this group. */
    long descriptorBlock(long group) {
        long perBlock = blockSize / descriptorSize;
        long number = group / perBlock;
        // Not always the first block: with bigalloc that is 0, whatever the size of blocks.
        long own = OFFSET / blockSize;
        if ((incompatible & META_GROUPS) == 0 || number < firstMetaGroup) {
            return own + number + 1;
        }
        long first = number * perBlock;
        boolean extra = blockSize == 1024 && number == 0 && firstBlock == 0;
        return first * blocksPerGroup + firstBlock + (hasBackup(first) ? 1 : 0) + (extra ? 1 : 0);
    }

    private boolean hasBackup(long group) {
        if (group == 0) {
            return true;
        }
        if ((compatible & SPARSE_SUPER_2) != 0) {
            return group == backupGroup1 || group == backupGroup2;
        }
        return (readOnlyCompatible & SPARSE_SUPER) == 0
                || group == 1
                || power(group, 3)
                || power(group, 5)
                || power(group, 7);
    }

    private static boolean power(long number, int base) {
        long n = number;
        while (n > 1 && n % base == 0) {
            n /= base;
        }
        return n == 1;
    }

    private static void require(boolean holds, String otherwise) throws DiffException {
        if (!holds) {
            throw new DiffException(otherwise);
        }
    }
}
