package dev.execlaw.microvm.diff;

import static dev.execlaw.microvm.diff.Unsigned.u32;
import static dev.execlaw.microvm.diff.Unsigned.u64;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An ext4 file system on a disk, as a kernel would find it after mounting: what its journal holds counts, as if it had
 * been written back. Belongs to one thread.
 */
final class FileSystem {

    private static final int CACHE_BYTES = 16 * 1024 * 1024;
    private static final int READ_AHEAD = 16;

    private final ChainedDisk disk;
    private final Deadline deadline;
    private final Map<Long, byte[]> cache;
    private Superblock superblock;
    private Journal journal = Journal.EMPTY;

    private FileSystem(ChainedDisk disk, Superblock superblock, Deadline deadline) {
        this.disk = disk;
        this.superblock = superblock;
        this.deadline = deadline;
        int most = CACHE_BYTES / superblock.blockSize();
        this.cache = new LinkedHashMap<>(most, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
                return size() > most;
            }
        };
    }

    static FileSystem of(ChainedDisk disk, Deadline deadline) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Superblock.LENGTH);
        disk.read(Superblock.OFFSET, bytes);
        FileSystem system = new FileSystem(disk, Superblock.of(bytes, disk.size()), deadline);
        if (system.superblock.needsRecovery()) {
            system.journal = Journal.of(system);
            system.cache.clear();
            int blockSize = system.superblock.blockSize();
            ByteBuffer block = system.block(Superblock.OFFSET / blockSize);
            ByteBuffer again = block.slice(Superblock.OFFSET % blockSize, Superblock.LENGTH);
            system.superblock = Superblock.of(again, disk.size());
            if (system.superblock.blockSize() != blockSize) {
                throw new DiffException("its journal holds a superblock with other block sizes");
            }
        }
        return system;
    }

    Superblock superblock() {
        return superblock;
    }

    ChainedDisk disk() {
        return disk;
    }

    Journal journal() {
        return journal;
    }

    Deadline deadline() {
        return deadline;
    }

    /** One block, little-endian; not to be written to. */
    ByteBuffer block(long number) throws IOException {
        if (number < 0 || number >= superblock.blocks()) {
            throw new DiffException("block %d is asked of a file system of %d".formatted(number, superblock.blocks()));
        }
        byte[] bytes = cache.get(number);
        if (bytes == null) {
            bytes = read(number);
        }
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] read(long number) throws IOException {
        int blockSize = superblock.blockSize();
        Journal.Copy copy = journal.copy(number);
        if (copy != null) {
            ByteBuffer bytes = ByteBuffer.allocate(blockSize);
            disk.read(copy.block() * blockSize, bytes);
            if (copy.escaped()) {
                bytes.putInt(0, Journal.MAGIC);
            }
            cache.put(number, bytes.array());
            return bytes.array();
        }
        // Inode tables and directories are read in order: one call brings several blocks.
        int count = (int) Math.min(READ_AHEAD, superblock.blocks() - number);
        ByteBuffer bytes = ByteBuffer.allocate(count * blockSize);
        disk.read(number * blockSize, bytes);
        for (int i = count - 1; i >= 0; i--) {
            if (!journal.touches(number + i, 1)) {
                byte[] block = new byte[blockSize];
                bytes.get(i * blockSize, block);
                cache.put(number + i, block);
            }
        }
        byte[] first = cache.get(number);
        if (first == null) {
            throw new IllegalStateException("block " + number + " was read and is not there");
        }
        return first;
    }

    /** The block that holds an inode. */
    long inodeBlock(long number) throws IOException {
        return inodeTable(number) + inodeOffset(number) / superblock.blockSize();
    }

    Inode inode(long number) throws IOException {
        int within = (int) (inodeOffset(number) % superblock.blockSize());
        byte[] bytes = new byte[superblock.inodeSize()];
        block(inodeBlock(number)).get(within, bytes);
        return new Inode(number, ByteBuffer.wrap(bytes));
    }

    private long inodeOffset(long number) {
        return (number - 1) % superblock.inodesPerGroup() * superblock.inodeSize();
    }

    private long inodeTable(long number) throws IOException {
        if (number < 1 || number > superblock.inodes()) {
            throw new DiffException("inode %d is asked of a file system of %d".formatted(number, superblock.inodes()));
        }
        long group = (number - 1) / superblock.inodesPerGroup();
        int size = superblock.descriptorSize();
        int at = (int) (group % (superblock.blockSize() / size)) * size;
        ByteBuffer descriptor = block(superblock.descriptorBlock(group));
        return size < 64 ? u32(descriptor, at + 8) : u64(descriptor, at + 8, at + 0x28);
    }
}
