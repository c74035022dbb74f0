package dev.execlaw.microvm.diff;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One of the two file systems that are compared, and a file in it. */
record Side(FileSystem system, Inode inode) {

    private static final int LONGEST_TARGET = 65_536;

    FileState state() throws IOException {
        FileState.Kind kind = inode.kind();
        boolean content = kind == FileState.Kind.REGULAR || kind == FileState.Kind.SYMLINK;
        return new FileState(
                kind,
                content ? inode.size() : 0,
                inode.permissions(),
                inode.uid(),
                inode.gid(),
                target(kind),
                Attributes.of(system, inode).hash());
    }

    private @Nullable String target(FileState.Kind kind) throws IOException {
        return switch (kind) {
            case SYMLINK -> GuestName.text(link());
            case BLOCK_DEVICE, CHARACTER_DEVICE -> inode.device();
            case REGULAR, DIRECTORY, FIFO, SOCKET -> null;
        };
    }

    /** Where a symbolic link points, one character for each byte. */
    private String link() throws IOException {
        if (inode.size() > LONGEST_TARGET) {
            throw new DiffException("symbolic link inode " + inode.number() + " has " + inode.size() + " bytes");
        }
        return new String(content().all(), StandardCharsets.ISO_8859_1);
    }

    Content content() throws IOException {
        return Content.of(system, inode);
    }
}
