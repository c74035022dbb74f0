package dev.execlaw.microvm.image.tree;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.TarEntry.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive (V7, ustar, POSIX pax, GNU long names) as a stream, entry by entry, in bounded memory. What is
 * absolute, leads outside, exceeds the limits, is sparse or of an unknown type is refused with its name. A name says
 * nothing about the links on its way: {@link Tree} sees to those. Not for several threads.
 *
 * <p>Format: tar(5) of libarchive; pax(1) in POSIX.1-2017; GNU tar's manual, "Basic Tar Format".
 */
public final class TarReader implements EntryReader {

    private static final int MOST_EXTENDED_HEADER_BYTES = 1 << 20;
    private static final int LONGEST_NAME = 4096; // PATH_MAX

    private final InputStream in;
    private final TarLimits limits;
    private final PaxRecords local = new PaxRecords();
    private final PaxRecords global = new PaxRecords();
    private byte @Nullable [] longName;
    private byte @Nullable [] longLink;
    private long entries;
    private long bytes;
    private long unread;
    private int padding;
    private boolean ended;

    /** Reads from {@code in} and closes it with itself. */
    public TarReader(InputStream in) {
        this(in, TarLimits.DEFAULT);
    }

    /** The same within other limits. */
    public TarReader(InputStream in, TarLimits limits) {
        this.in = in;
        this.limits = limits;
    }

    @Override
    public Optional<TarEntry> next() throws IOException {
        skipContent();
        while (!ended) {
            TarHeader header = header();
            if (header.empty()) {
                // One zero block ends an archive for GNU tar too; what follows is padding to the record size.
                ended = true;
                break;
            }
            header.verify();
            if (++entries > limits.entries()) {
                throw new ImageException("the archive has more than " + limits.entries() + " entries (the next is \""
                        + TarHeader.text(header.name()) + "\"): refused");
            }
            if (!extension(header)) {
                return Optional.of(entry(header));
            }
        }
        return Optional.empty();
    }

    @Override
    public InputStream content() {
        return new Content();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private TarHeader header() throws IOException {
        byte[] block = in.readNBytes(TarHeader.SIZE);
        if (block.length == 0 && entries > 0) {
            // Some writers leave the closing zero blocks out.
            return new TarHeader(new byte[TarHeader.SIZE]);
        }
        if (block.length < TarHeader.SIZE) {
            throw new ImageException("the archive is cut off: " + block.length + " of a header's 512 bytes are there");
        }
        return new TarHeader(block);
    }

    /** Takes in a header that only describes the next one. */
    private boolean extension(TarHeader header) throws IOException {
        switch (header.type()) {
            case 'x' -> local.add(extended(header));
            case 'g' -> global.add(extended(header));
            case 'L' -> longName = untilNul(extended(header));
            case 'K' -> longLink = untilNul(extended(header));
            default -> {
                return false;
            }
        }
        return true;
    }

    private byte[] extended(TarHeader header) throws IOException {
        long size = header.size();
        if (size < 0 || size > MOST_EXTENDED_HEADER_BYTES) {
            throw new ImageException(
                    "an extended header of " + size + " bytes exceeds the limit of " + MOST_EXTENDED_HEADER_BYTES);
        }
        open(size);
        byte[] content = content().readAllBytes();
        skipContent();
        return content;
    }

    private TarEntry entry(TarHeader header) throws IOException {
        byte[] rawName = longName != null ? longName : pax("path").orElseGet(header::name);
        String path = normalised(rawName);
        Kind kind = kind(header.type(), rawName, path);
        long size = number("size", header.size());
        if (size < 0 || size > limits.bytes() - bytes) {
            throw new ImageException("\"" + path + "\" of " + size + " bytes exceeds what is left of the limit of "
                    + limits.bytes() + " bytes for the whole archive");
        }
        // A hard link may carry its file's size without its content.
        long content = kind == Kind.FILE ? size : 0;
        bytes += content;
        TarEntry entry = new TarEntry(
                path,
                kind,
                (int) (header.mode() & 07777),
                number("uid", header.uid()),
                number("gid", header.gid()),
                number("mtime", header.modified()),
                content,
                link(header, kind, path),
                local.xattrs());
        longName = null;
        longLink = null;
        local.clear();
        open(content);
        return entry;
    }

    private static Kind kind(char type, byte[] rawName, String path) throws ImageException {
        return switch (type) {
            // V7 archives know no directories but by the slash at the end.
            case '0', '\0', '7' -> rawName[rawName.length - 1] == '/' ? Kind.DIRECTORY : Kind.FILE;
            case '1' -> Kind.HARDLINK;
            case '2' -> Kind.SYMLINK;
            case '3', '4' -> Kind.DEVICE;
            case '5' -> Kind.DIRECTORY;
            case '6' -> Kind.FIFO;
            default ->
                throw new ImageException("\"" + path + "\" is of the unknown type '" + type
                        + "': pack the archive again with tar --format=posix and without --sparse");
        };
    }

    private String link(TarHeader header, Kind kind, String path) throws ImageException {
        if (kind != Kind.SYMLINK && kind != Kind.HARDLINK) {
            return "";
        }
        byte[] raw = longLink != null ? longLink : pax("linkpath").orElseGet(header::link);
        if (kind == Kind.HARDLINK) {
            return normalised(raw);
        }
        if (raw.length == 0 || raw.length > LONGEST_NAME) {
            throw new ImageException("the symbolic link \"" + path + "\" has a target of " + raw.length
                    + " bytes, allowed are 1 to " + LONGEST_NAME);
        }
        return TarHeader.text(raw);
    }

    private static String normalised(byte[] raw) throws ImageException {
        String name = TarHeader.text(raw);
        if (raw.length == 0 || raw.length > LONGEST_NAME) {
            throw new ImageException("a name of " + raw.length + " bytes, allowed are 1 to " + LONGEST_NAME);
        }
        if (name.chars().anyMatch(c -> c < ' ')) {
            throw new ImageException("\"" + name.replaceAll("\\p{Cntrl}", "?") + "\" has control characters: refused");
        }
        if (name.startsWith("/")) {
            throw new ImageException("\"" + name + "\" is an absolute path: refused, make the archive with relative"
                    + " paths (tar -C ROOT -c .)");
        }
        List<String> parts = new ArrayList<>();
        for (String part : name.split("/", -1)) {
            if (part.equals("..")) {
                throw new ImageException("\"" + name + "\" leads out of the archive by \"..\": refused");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return "/" + String.join("/", parts);
    }

    private Optional<byte[]> pax(String key) {
        return local.bytes(key).or(() -> global.bytes(key));
    }

    private long number(String key, long otherwise) throws ImageException {
        return local.number(key, global.number(key, otherwise));
    }

    private static byte[] untilNul(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return Arrays.copyOf(bytes, end);
    }

    private void open(long size) {
        unread = size;
        padding = (int) (-size & (TarHeader.SIZE - 1));
    }

    private void skipContent() throws IOException {
        try {
            in.skipNBytes(unread + padding);
        } catch (EOFException e) {
            throw new ImageException("the archive is cut off in an entry's content", e);
        }
        unread = 0;
        padding = 0;
    }

    private final class Content extends InputStream {

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (unread == 0) {
                return -1;
            }
            int count = in.read(into, offset, (int) Math.min(length, unread));
            if (count < 0) {
                throw new ImageException("the archive is cut off in an entry's content");
            }
            unread -= count;
            return count;
        }
    }
}
