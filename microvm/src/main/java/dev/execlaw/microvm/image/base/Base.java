package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.EntryReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;

/** A root filesystem that someone brings, in one of the forms that are understood. Immutable; the files may not be. */
public sealed interface Base permits DirectoryBase, OciBase, SquashfsBase, TarBase {

    /** Where it is. */
    Path path();

    /** What it is, in a few words. */
    String kind();

    /** What identifies its content: equal inputs give equal trees. Reads all of it where nothing shorter will do. */
    SortedMap<String, String> inputs() throws IOException, InterruptedException;

    /**
     * Opens it.
     *
     * @param scratch an empty private directory for what has to be unpacked first
     * @param limit the most bytes that the tree may have
     */
    EntryReader open(Path scratch, long limit) throws IOException, InterruptedException;

    /** Looks at what lies at a path: by its first bytes, never by its name. */
    static Base at(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new ImageException("there is no " + path.toAbsolutePath());
        }
        if (Files.isDirectory(path)) {
            return Files.exists(path.resolve("oci-layout")) || Files.exists(path.resolve("index.json"))
                    ? new OciBase(path)
                    : new DirectoryBase(path);
        }
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            throw new ImageException(path + " is not a file that can be read");
        }
        byte[] head = Magic.head(path);
        if (Magic.SQUASHFS.matches(head)) {
            return new SquashfsBase(path);
        }
        Compression compression = Compression.of(head);
        if (compression != Compression.NONE || Magic.TAR.matches(head)) {
            return new TarBase(path, compression);
        }
        throw new ImageException(path + " is no root filesystem that is understood: it is neither a squashfs, a tar"
                + " (plain, gzip, zstd), a directory nor an OCI layout directory; it begins with " + Magic.shown(head));
    }
}
