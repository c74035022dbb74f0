package dev.execlaw.microvm.image.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Unpacks an archive into a directory that nobody else writes to, never through a symbolic link: an entry below
 * something that is not a real directory is refused with its name, so an archive with {@code etc -> /} and
 * {@code etc/passwd} ends there and the host's file stays. Later entries replace earlier ones of the same name.
 *
 * <p>Owners are set when asked for (that needs root or a user namespace), modes and times always.
 */
public final class TarExtractor {

    private final Path root;
    private final boolean owners;
    private final Deque<TarEntry> directories = new ArrayDeque<>();

    /**
     * An extractor into a directory.
     *
     * @param root an existing directory
     * @param owners whether to set uid and gid as the archive has them
     */
    public TarExtractor(Path root, boolean owners) {
        this.root = root;
        this.owners = owners;
    }

    /** Unpacks all of the archive that is left. */
    public void extract(TarReader tar) throws IOException {
        for (Optional<TarEntry> next = tar.next(); next.isPresent(); next = tar.next()) {
            extract(next.get(), tar.content());
        }
        // Last first: writing into a directory changes its time, and its mode may forbid writing.
        while (!directories.isEmpty()) {
            TarEntry directory = directories.removeLast();
            Path path = resolve(directory.name());
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                attributes(path, directory);
            }
        }
    }

    private void extract(TarEntry entry, InputStream content) throws IOException {
        Path path = resolve(entry.name());
        parents(entry.name(), path);
        switch (entry.kind()) {
            case DIRECTORY -> directory(entry, path);
            case FILE -> {
                clear(path, entry);
                try (OutputStream out = Files.newOutputStream(
                        path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                    content.transferTo(out);
                }
                attributes(path, entry);
            }
            case SYMBOLIC_LINK -> {
                clear(path, entry);
                Files.createSymbolicLink(path, path(entry.link()));
                owner(path, entry);
            }
            case HARD_LINK -> hardLink(entry, path);
            case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO ->
                throw new ArchiveException("\"" + entry.name() + "\" is a device node or FIFO: refused");
        }
    }

    private void directory(TarEntry entry, Path path) throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            clear(path, entry);
            Files.createDirectory(path);
        }
        directories.addLast(entry);
    }

    private void hardLink(TarEntry entry, Path path) throws IOException {
        Path target = resolve(entry.link());
        parents(entry.link(), target);
        if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new ArchiveException("\"" + entry.name() + "\" is a hard link to \"" + entry.link()
                    + "\", which is no file of this archive: refused");
        }
        if (path.equals(target)) {
            return;
        }
        clear(path, entry);
        Files.createLink(path, target);
    }

    /** Makes the directories above a path, each checked to be a real one. */
    private void parents(String name, Path path) throws IOException {
        Path relative = root.relativize(path);
        Path at = root;
        for (int i = 0; i < relative.getNameCount() - 1; i++) {
            at = at.resolve(relative.getName(i));
            try {
                Files.createDirectory(at);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                    throw new ArchiveException(
                            "\"" + name + "\" lies below \"" + root.relativize(at)
                                    + "\", which is a link or a file in this archive: refused",
                            e);
                }
            }
        }
    }

    private static void clear(Path path, TarEntry entry) throws IOException {
        if (entry.name().isEmpty()) {
            throw new ArchiveException("the archive's root is a " + entry.kind() + ", not a directory: refused");
        }
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new ArchiveException("\"" + entry.name() + "\" replaces a directory of the same archive: refused");
        }
        Files.deleteIfExists(path);
    }

    private void attributes(Path path, TarEntry entry) throws IOException {
        owner(path, entry);
        // After the owner: chown clears set-uid bits.
        Files.setAttribute(path, "unix:mode", entry.mode(), LinkOption.NOFOLLOW_LINKS);
        Files.setLastModifiedTime(path, FileTime.from(entry.modified()));
    }

    private void owner(Path path, TarEntry entry) throws IOException {
        if (owners) {
            Files.setAttribute(path, "unix:uid", Math.toIntExact(entry.uid()), LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", Math.toIntExact(entry.gid()), LinkOption.NOFOLLOW_LINKS);
        }
    }

    private Path resolve(String name) throws ArchiveException {
        return name.isEmpty() ? root : root.resolve(path(name));
    }

    private static Path path(String name) throws ArchiveException {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new ArchiveException(
                    "\"" + name + "\" cannot be a file name in this locale: run with LC_ALL=C.UTF-8", e);
        }
    }
}
