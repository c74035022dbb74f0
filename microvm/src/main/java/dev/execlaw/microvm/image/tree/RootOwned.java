package dev.execlaw.microvm.image.tree;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The same tree with all of it owned by root, as {@code chown -R root:root} leaves it. A set-uid or set-gid bit that
 * meant another owner goes, as it does there: what ran as that owner must not run as root from now on.
 */
public final class RootOwned implements EntryReader {

    private static final int SET_UID = 04000;
    private static final int SET_GID = 02000;

    private final EntryReader tree;

    public RootOwned(EntryReader tree) {
        this.tree = tree;
    }

    @Override
    public Optional<TarEntry> next() throws IOException {
        return tree.next().map(RootOwned::owned);
    }

    @Override
    public InputStream content() throws IOException {
        return tree.content();
    }

    @Override
    public void close() throws IOException {
        tree.close();
    }

    private static TarEntry owned(TarEntry entry) {
        int mode = entry.mode();
        if (entry.kind() == TarEntry.Kind.FILE) {
            mode = entry.uid() == 0 ? mode : mode & ~SET_UID;
            mode = entry.gid() == 0 ? mode : mode & ~SET_GID;
        }
        return new TarEntry(
                entry.path(), entry.kind(), mode, 0, 0, entry.mtime(), entry.size(), entry.link(), entry.xattrs());
    }
}
