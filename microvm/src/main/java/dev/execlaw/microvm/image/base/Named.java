package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.EntryReader;
import dev.execlaw.microvm.image.tree.TarEntry;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/** A tree whose complaints name the file that it comes from. */
record Named(Path file, EntryReader tree) implements EntryReader {

    @Override
    public Optional<TarEntry> next() throws IOException {
        try {
            return tree.next();
        } catch (IOException e) {
            throw refused(e);
        }
    }

    private ImageException refused(Exception e) {
        return new ImageException(file + " is refused: " + e.getMessage(), e);
    }

    @Override
    public InputStream content() throws IOException {
        return new FilterInputStream(tree.content()) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                try {
                    return super.read(buffer, offset, length);
                } catch (IOException e) {
                    throw refused(e);
                }
            }
        };
    }

    @Override
    public void close() throws IOException {
        tree.close();
    }
}
