package dev.execlaw.microvm.image.tree;

import dev.execlaw.microvm.image.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A root filesystem in the making: checks every entry against what the tree already holds and writes it to a tar that
 * is safe to unpack as any user. Nothing in it can lead outside: no entry lies below a symbolic link, no hard link
 * leads to anything but a file of the tree, there are no devices. Owners and exact modes are not in the tar but in
 * {@link #entries}. Not for several threads.
 */
public final class Tree {

    private static final int CAPTURE_LIMIT = 64 * 1024 * 1024;
    private static final int MOST_LINKS = 40; // as path_resolution(7)

    private final TarWriter out;
    private final Limits limits;
    private final Map<String, TarEntry> entries = new LinkedHashMap<>();
    private final Map<String, byte[]> captured = new HashMap<>();
    private final Predicate<String> capture;
    private long bytes;
    private long capturedBytes;

    /**
     * An empty tree.
     *
     * @param tar where the checked tar goes; closed by the caller
     * @param capture says of a path that, if it is a file, its content is wanted afterwards, see {@link #captured}
     */
    public Tree(OutputStream tar, Limits limits, Predicate<String> capture) throws IOException {
        this.out = new TarWriter(tar);
        this.limits = limits;
        this.capture = capture;
        put(directory("/"), InputStream.nullInputStream());
    }

    /** Takes over a whole archive but the paths that {@code dropped} names, and what is below them. */
    public void copy(EntryReader reader, Predicate<String> dropped) throws IOException {
        for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
            TarEntry entry = next.get();
            if (!isDropped(entry.path(), dropped)) {
                put(entry, reader.content());
            }
        }
    }

    /** Adds one entry; missing directories above it are made. A later entry of the same path takes its place. */
    public void put(TarEntry entry, InputStream content) throws IOException {
        if (entry.kind() == TarEntry.Kind.DEVICE || entry.kind() == TarEntry.Kind.FIFO) {
            if (limits.dropDevices() && entry.path().startsWith("/dev/")) {
                return; // the kernel's devtmpfs makes them
            }
            throw new ImageException("\"" + entry.path() + "\" is a device or a FIFO; only files, directories and links"
                    + " can be in an image: leave it out of the archive");
        }
        checkPlace(entry);
        count(entry);
        if (entry.kind() == TarEntry.Kind.FILE && capture.test(entry.path())) {
            capturedBytes += entry.size();
            if (capturedBytes > CAPTURE_LIMIT) {
                throw new ImageException("\"" + entry.path() + "\" and files like it are larger than " + CAPTURE_LIMIT
                        + " bytes, the limit for what is read whole");
            }
            byte[] all = content.readAllBytes();
            captured.put(entry.path(), all);
            out.write(entry, unpackable(entry), new ByteArrayInputStream(all));
        } else {
            out.write(entry, unpackable(entry), content);
        }
        entries.put(entry.path(), entry);
    }

    /** Ends the archive. */
    public void finish() throws IOException {
        out.finish();
    }

    /** All entries in the order they came, by path. */
    public Collection<TarEntry> entries() {
        return Collections.unmodifiableCollection(entries.values());
    }

    /** The entry at a path. */
    public Optional<TarEntry> entry(String path) {
        return Optional.ofNullable(entries.get(path));
    }

    /**
     * The entry that a path leads to when symbolic links are followed within the tree, as a guest's kernel does; empty
     * where it leads nowhere.
     */
    public Optional<TarEntry> resolve(String path) {
        Deque<String> parts = new ArrayDeque<>(List.of(path.split("/", -1)));
        String at = "";
        for (int links = 0; !parts.isEmpty(); ) {
            String part = parts.removeFirst();
            if (part.isEmpty() || part.equals(".")) {
                continue;
            }
            if (part.equals("..")) {
                at = at.substring(0, Math.max(0, at.lastIndexOf('/')));
                continue;
            }
            TarEntry entry = entries.get(at + "/" + part);
            if (entry == null) {
                return Optional.empty();
            }
            if (entry.kind() != TarEntry.Kind.SYMLINK) {
                at = entry.path();
            } else if (++links > MOST_LINKS) {
                return Optional.empty();
            } else {
                at = entry.link().startsWith("/") ? "" : at;
                List<String> target = List.of(entry.link().split("/", -1));
                target.reversed().forEach(parts::addFirst);
            }
        }
        return entry(at.isEmpty() ? "/" : at);
    }

    /** Paths of the files that were captured, in order. */
    public List<String> capturedPaths() {
        return captured.keySet().stream().sorted().toList();
    }

    /** Content of a file that was asked for. */
    public Optional<byte[]> captured(String path) {
        return Optional.ofNullable(captured.get(path));
    }

    /** Bytes of all files. */
    public long bytes() {
        return bytes;
    }

    private void checkPlace(TarEntry entry) throws IOException {
        if (entry.path().equals("/")) {
            return;
        }
        TarEntry parent = entries.get(entry.parent());
        if (parent == null) {
            put(directory(entry.parent()), InputStream.nullInputStream());
        } else if (parent.kind() != TarEntry.Kind.DIRECTORY) {
            throw new ImageException("\"" + entry.path() + "\" lies below \"" + parent.path() + "\", which is a "
                    + (parent.kind() == TarEntry.Kind.SYMLINK ? "symbolic link to \"" + parent.link() + "\"" : "file")
                    + "; it is refused");
        }
        TarEntry before = entries.get(entry.path());
        if (before != null && before.kind() == TarEntry.Kind.DIRECTORY && entry.kind() != TarEntry.Kind.DIRECTORY) {
            throw new ImageException("\"" + entry.path() + "\" comes twice, first as a directory, then as a "
                    + entry.kind() + "; it is refused");
        }
        if (entry.kind() == TarEntry.Kind.HARDLINK) {
            TarEntry target = entries.get(entry.link());
            if (target == null || (target.kind() != TarEntry.Kind.FILE && target.kind() != TarEntry.Kind.HARDLINK)) {
                throw new ImageException("\"" + entry.path() + "\" is a hard link to \"" + entry.link()
                        + "\", which is no file of the archive; it is refused");
            }
        }
    }

    private void count(TarEntry entry) throws ImageException {
        bytes += entry.size();
        if (entries.size() >= limits.entries()) {
            throw new ImageException(
                    "the tree has more than " + limits.entries() + " entries, the limit (at \"" + entry.path() + "\")");
        }
        if (bytes > limits.bytes()) {
            throw new ImageException("the tree's files have more than " + limits.bytes() + " bytes, what the image of "
                    + "that size can hold (at \"" + entry.path() + "\"); build with a larger --size");
        }
    }

    private static boolean isDropped(String path, Predicate<String> dropped) {
        for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
            if (dropped.test(path.substring(0, slash))) {
                return true;
            }
        }
        return dropped.test(path);
    }

    /** Whoever unpacks must be able to read it again, and gets no setuid file. */
    private static int unpackable(TarEntry entry) {
        int mode = entry.mode() & 0777;
        return entry.kind() == TarEntry.Kind.DIRECTORY ? mode | 0700 : mode | 0600;
    }

    private static TarEntry directory(String path) {
        return new TarEntry(path, TarEntry.Kind.DIRECTORY, 0755, 0, 0, 0, 0, "", Map.of());
    }

    /**
     * What a tree may hold.
     *
     * @param entries most entries
     * @param bytes most bytes of all files together
     * @param dropDevices whether devices below {@code /dev} are left out silently instead of refused
     */
    public record Limits(int entries, long bytes, boolean dropDevices) {}
}
