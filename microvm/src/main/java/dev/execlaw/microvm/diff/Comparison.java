package dev.execlaw.microvm.diff;

import dev.execlaw.microvm.diff.FileChange.Kind;
import dev.execlaw.microvm.diff.FileChange.Shown;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/** Compares two files. Belongs to one thread. */
final class Comparison {

    private final FileSystem older;
    private final FileSystem newer;
    private final SharedBlocks shared;

    Comparison(FileSystem older, FileSystem newer, SharedBlocks shared) {
        this.older = older;
        this.newer = newer;
        this.shared = shared;
    }

    /** What changed between the files of these inodes; empty when nothing did. */
    Optional<Found> changed(String path, Side before, Side after) throws IOException {
        FileState was = before.state();
        FileState is = after.state();
        Kind kind;
        if (was.kind() != is.kind()) {
            kind = Kind.TYPE_CHANGED;
        } else if (was.size() != is.size()
                || !Objects.equals(was.target(), is.target())
                || (was.kind() == FileState.Kind.REGULAR && !sameContent(before.content(), after.content()))) {
            kind = Kind.MODIFIED;
        } else if (!was.equals(is)) {
            kind = Kind.METADATA;
        } else {
            return Optional.empty();
        }
        FileChange change = new FileChange(GuestName.text(path), kind, was, is, Shown.NOTHING);
        return Optional.of(new Found(path, change, before, after));
    }

    Found added(String path, Side after) throws IOException {
        return new Found(
                path,
                new FileChange(GuestName.text(path), Kind.ADDED, null, after.state(), Shown.NOTHING),
                null,
                after);
    }

    Found removed(String path, Side before) throws IOException {
        return new Found(
                path,
                new FileChange(GuestName.text(path), Kind.REMOVED, before.state(), null, Shown.NOTHING),
                before,
                null);
    }

    /** Whether the inode of this number lies in the same bytes in both, which says nothing of the content yet. */
    boolean sameInode(long number) throws IOException {
        long block = older.inodeBlock(number);
        return block == newer.inodeBlock(number)
                && (shared.same(block, 1)
                        || older.inode(number)
                                .bytes()
                                .equals(newer.inode(number).bytes()));
    }

    /** Whether a file or directory, whose inode is the same in both, has the same blocks too. */
    boolean sameBlocks(Inode inode) throws IOException {
        FileState.Kind kind = inode.kind();
        if (kind != FileState.Kind.REGULAR && kind != FileState.Kind.DIRECTORY && kind != FileState.Kind.SYMLINK) {
            return true;
        }
        return sameContent(Content.of(older, inode), Content.of(newer, inode));
    }

    /** Whether the block with the attributes of an inode, which is the same in both, is the same too. */
    boolean sameAttributes(Inode inode) throws IOException {
        return inode.attributesBlock() == 0 || shared.same(inode.attributesBlock(), 1);
    }

    private boolean sameContent(Content before, Content after) throws IOException {
        if (before.size() != after.size()) {
            return false;
        }
        if (before.isInline() || after.isInline()) {
            return before.size() <= Integer.MAX_VALUE && Arrays.equals(before.all(), after.all());
        }
        long end = before.blocks();
        long at = 0;
        while (at < end) {
            BlockMap.Run first = before.map().at(at, end);
            BlockMap.Run second = after.map().at(at, end);
            long count = Math.min(first.count(), second.count());
            boolean known = first.physical() == second.physical()
                    && (first.physical() == 0 || shared.same(first.physical(), count));
            if (!known && !sameBytes(before, first, after, second, count)) {
                return false;
            }
            at += count;
        }
        return true;
    }

    private boolean sameBytes(Content before, BlockMap.Run first, Content after, BlockMap.Run second, long count)
            throws IOException {
        int blockSize = older.superblock().blockSize();
        for (long at = first.logical(); at < first.logical() + count; at++) {
            older.deadline().check();
            int length = (int) Math.min(blockSize, before.size() - at * blockSize);
            if (!before.block(first, at)
                    .limit(length)
                    .equals(after.block(second, at).limit(length))) {
                return false;
            }
        }
        return true;
    }
}
