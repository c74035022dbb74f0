package dev.execlaw.microvm.diff;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of one file, directory or symbolic link. Belongs to the thread of its file system. */
final class Content {

    private static final BlockMap NO_BLOCKS = new BlockMap(List.of());

    private final FileSystem system;
    private final long size;
    private final BlockMap map;
    private final byte @Nullable [] inline;

    private Content(FileSystem system, long size, BlockMap map, byte @Nullable [] inline) {
        this.system = system;
        this.size = size;
        this.map = map;
        this.inline = inline;
    }

    static Content of(FileSystem system, Inode inode) throws IOException {
        long size = inode.size();
        boolean fastLink = inode.kind() == FileState.Kind.SYMLINK && size < Inode.MAP_LENGTH;
        if (!fastLink && !inode.isInline()) {
            return new Content(system, size, BlockMap.of(system, inode), null);
        }
        byte[] rest = inode.isInline() ? Attributes.of(system, inode).inline() : new byte[0];
        byte[] all = new byte[Inode.MAP_LENGTH + rest.length];
        inode.bytes().get(Inode.MAP, all, 0, Inode.MAP_LENGTH);
        System.arraycopy(rest, 0, all, Inode.MAP_LENGTH, rest.length);
        if (size > all.length) {
            throw new DiffException(
                    "inode " + inode.number() + " has " + size + " bytes inline, where " + all.length + " have room");
        }
        return new Content(system, size, NO_BLOCKS, Arrays.copyOf(all, (int) size));
    }

    FileSystem system() {
        return system;
    }

    long size() {
        return size;
    }

    long blocks() {
        int blockSize = system.superblock().blockSize();
        return (size + blockSize - 1) / blockSize;
    }

    BlockMap map() {
        return map;
    }

    boolean isInline() {
        return inline != null;
    }

    /** All of it; only for what is known to be short. */
    byte[] all() throws IOException {
        if (inline != null) {
            return inline;
        }
        byte[] all = new byte[Math.toIntExact(size)];
        int blockSize = system.superblock().blockSize();
        for (BlockMap.Run run : map.runs()) {
            for (long i = 0; i < run.count() && (run.logical() + i) * blockSize < size; i++) {
                int at = (int) ((run.logical() + i) * blockSize);
                system.block(run.physical() + i).get(0, all, at, Math.min(blockSize, all.length - at));
            }
        }
        return all;
    }

    /** One block of the file by the run that it is in. */
    ByteBuffer block(BlockMap.Run run, long logical) throws IOException {
        if (run.physical() == 0) {
            return ByteBuffer.allocate(system.superblock().blockSize());
        }
        return system.block(run.physical() + logical - run.logical());
    }
}
