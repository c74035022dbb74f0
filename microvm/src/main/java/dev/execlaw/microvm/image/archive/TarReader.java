package dev.execlaw.microvm.image.archive;

import dev.execlaw.microvm.image.archive.TarEntry.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive (V7, ustar, PAX, GNU long names) as a stream, entry by entry, in bounded memory.
 *
 * <p>Names come out relative and without {@code ..}; what is absolute, leads outside, is a device node, exceeds the
 * limits or is of an unknown type ends the reading with an {@link ArchiveException} that names it. A name says nothing
 * about the links on its way: {@link TarExtractor} sees to those. One thread. Format: tar(5) of libarchive.
 */
public final class TarReader implements AutoCloseable {

    private static final int MOST_EXTENDED_HEADER_BYTES = 1 << 20;

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

    public TarReader(InputStream in, TarLimits limits) {
        this.in = in;
        this.limits = limits;
    }

    /** The next entry, or empty at the end. What was not read of the content before is skipped. */
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
                throw new ArchiveException("the archive has more than " + limits.entries() + " entries (the next is \""
                        + TarHeader.text(header.name()) + "\"): refused");
            }
            if (!extension(header)) {
                return Optional.of(entry(header));
            }
        }
        return Optional.empty();
    }

    /** The content of the entry that {@link #next} gave last; ends where the entry ends. Closing it closes nothing. */
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
            throw new ArchiveException(
                    "the archive is cut off: " + block.length + " of a header's 512 bytes are there");
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
            throw new ArchiveException(
                    "an extended header of " + size + " bytes exceeds the limit of " + MOST_EXTENDED_HEADER_BYTES);
        }
        open(size);
        byte[] content = content().readAllBytes();
        skipContent();
        return content;
    }

    private TarEntry entry(TarHeader header) throws IOException {
        byte[] rawName = longName != null ? longName : pax("path").orElseGet(header::name);
        String name = TarName.normalise(rawName, limits.nameBytes());
        long size = number("size", header.size());
        Kind kind = kind(header.type(), rawName, name);
        if (kind.special() && !limits.devices()) {
            throw new ArchiveException("\"" + name + "\" is a "
                    + kind.name().toLowerCase(Locale.ROOT).replace('_', ' ')
                    + ": refused, pack the archive without it (tar --exclude='./dev/*')");
        }
        if (size < 0 || size > limits.bytes() - bytes) {
            throw new ArchiveException("\"" + name + "\" of " + size + " bytes exceeds what is left of the limit of "
                    + limits.bytes() + " bytes for the whole archive");
        }
        // A hard link may carry its file's size without its content.
        long content = kind == Kind.FILE ? size : 0;
        bytes += content;
        TarEntry entry = new TarEntry(
                name,
                kind,
                (int) (header.mode() & 07777),
                number("uid", header.uid()),
                number("gid", header.gid()),
                content,
                Instant.ofEpochSecond(number("mtime", header.modified())),
                link(header, kind),
                kind.special() ? (int) header.deviceMajor() : 0,
                kind.special() ? (int) header.deviceMinor() : 0);
        longName = null;
        longLink = null;
        local.clear();
        open(content);
        return entry;
    }

    private static Kind kind(char type, byte[] rawName, String name) throws ArchiveException {
        return switch (type) {
            // V7 archives know no directories but by the slash at the end.
            case '0', '\0', '7' -> rawName[rawName.length - 1] == '/' ? Kind.DIRECTORY : Kind.FILE;
            case '1' -> Kind.HARD_LINK;
            case '2' -> Kind.SYMBOLIC_LINK;
            case '3' -> Kind.CHARACTER_DEVICE;
            case '4' -> Kind.BLOCK_DEVICE;
            case '5' -> Kind.DIRECTORY;
            case '6' -> Kind.FIFO;
            default ->
                throw new ArchiveException("\"" + name + "\" is of the unknown type '" + type
                        + "': pack the archive again with tar --format=posix and without --sparse");
        };
    }

    private String link(TarHeader header, Kind kind) throws ArchiveException {
        if (kind != Kind.SYMBOLIC_LINK && kind != Kind.HARD_LINK) {
            return "";
        }
        byte[] raw = longLink != null ? longLink : pax("linkpath").orElseGet(header::link);
        if (kind == Kind.HARD_LINK) {
            return TarName.normalise(raw, limits.nameBytes());
        }
        if (raw.length == 0 || raw.length > limits.nameBytes()) {
            throw new ArchiveException(
                    "a symbolic link's target has " + raw.length + " bytes, allowed are 1 to " + limits.nameBytes());
        }
        return TarHeader.text(raw);
    }

    private Optional<byte[]> pax(String key) {
        return local.bytes(key).or(() -> global.bytes(key));
    }

    private long number(String key, long otherwise) throws ArchiveException {
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
            throw new ArchiveException("the archive is cut off in an entry's content", e);
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
                throw new ArchiveException("the archive is cut off in an entry's content");
            }
            unread -= count;
            return count;
        }
    }
}
