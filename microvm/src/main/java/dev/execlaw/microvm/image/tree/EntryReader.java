package dev.execlaw.microvm.image.tree;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** A root filesystem tree as a stream of entries, whatever it is kept in. Not for several threads. */
public interface EntryReader extends Closeable {

    /** The next entry, empty at the end. Content that was not read is skipped. */
    Optional<TarEntry> next() throws IOException;

    /** Content of the current entry, to be read before the next call of {@link #next}. */
    InputStream content() throws IOException;
}
