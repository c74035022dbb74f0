package dev.execlaw.microvm.image.tree;

import dev.execlaw.microvm.image.ImageException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a tar archive, ustar with the extensions of POSIX pax and GNU, entry by entry. Absolute paths, {@code ..} and
 * broken headers are refused with the entry's name. Not for several threads.
 *
 * <p>Format: pax(1) in POSIX.1-2017, "ustar Interchange Format" and "pax Header"; GNU tar's manual, "Basic Tar Format".
 */
public final class TarReader implements EntryReader {

    private static final int BLOCK = 512;
    private static final int EXTENSION_LIMIT = 1024 * 1024;
    private static final String XATTR = "SCHILY.xattr.";

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    private long left;
    private long padding;

    /** Reads from {@code in} and closes it with itself. */
    public TarReader(InputStream in) {
        this.in = in;
    }

    @Override
    public Optional<TarEntry> next() throws IOException {
        in.skipNBytes(left + padding);
        left = 0;
        padding = 0;
        Map<String, byte[]> extensions = new HashMap<>();
        while (true) {
            int count = in.readNBytes(header, 0, BLOCK);
            if (count == 0 || (count == BLOCK && isZero())) {
                return Optional.empty();
            }
            if (count < BLOCK) {
                throw new EOFException("the tar archive ends within a header, " + (BLOCK - count) + " bytes missing");
            }
            checkSum();
            long size = number(124, 12);
            switch (header[156]) {
                case 'L' -> extensions.put("path", withoutNul(extension(size)));
                case 'K' -> extensions.put("linkpath", withoutNul(extension(size)));
                case 'x' -> records(extension(size), extensions);
                case 'g' -> extension(size);
                default -> {
                    return Optional.of(entry(size, extensions));
                }
            }
        }
    }

    @Override
    public InputStream content() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (left == 0) {
                    return -1;
                }
                int count = in.read(buffer, offset, (int) Math.min(length, left));
                if (count < 0) {
                    throw new EOFException("the tar archive ends within a file's content, " + left + " bytes missing");
                }
                left -= count;
                return count;
            }
        };
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private TarEntry entry(long headerSize, Map<String, byte[]> extensions) throws IOException {
        String name = extensions.containsKey("path") ? latin(extensions.get("path")) : name();
        String path = normalised(name, name);
        TarEntry.Kind kind = kind(name, name.endsWith("/"));
        byte[] pax = extensions.get("size");
        long size = pax == null ? headerSize : Long.parseLong(latin(pax));
        if (size < 0) {
            throw new ImageException("tar entry \"" + name + "\" has the size " + size + "; the archive is damaged");
        }
        left = kind == TarEntry.Kind.FILE ? size : 0;
        padding = (BLOCK - left % BLOCK) % BLOCK;
        String link = extensions.containsKey("linkpath") ? latin(extensions.get("linkpath")) : text(157, 100);
        if (kind == TarEntry.Kind.HARDLINK) {
            link = normalised(link, name);
        }
        Map<String, byte[]> xattrs = new HashMap<>();
        extensions.forEach((key, value) -> {
            if (key.startsWith(XATTR)) {
                xattrs.put(key.substring(XATTR.length()), value);
            }
        });
        return new TarEntry(
                path,
                kind,
                (int) (number(100, 8) & 07777),
                extended(extensions, "uid", number(108, 8)),
                extended(extensions, "gid", number(116, 8)),
                extended(extensions, "mtime", number(136, 12)),
                left,
                link,
                xattrs);
    }

    private TarEntry.Kind kind(String name, boolean slash) throws ImageException {
        return switch (header[156]) {
            case 0, '0', '7' -> slash ? TarEntry.Kind.DIRECTORY : TarEntry.Kind.FILE;
            case '1' -> TarEntry.Kind.HARDLINK;
            case '2' -> TarEntry.Kind.SYMLINK;
            case '3', '4' -> TarEntry.Kind.DEVICE;
            case '5' -> TarEntry.Kind.DIRECTORY;
            case '6' -> TarEntry.Kind.FIFO;
            default ->
                throw new ImageException("tar entry \"" + name + "\" is of the unknown type '" + (char) header[156]
                        + "'; make the archive with --format=pax and without sparse files");
        };
    }

    private String name() {
        String name = text(0, 100);
        boolean ustar = text(257, 5).equals("ustar") && header[262] == 0;
        String prefix = ustar ? text(345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String normalised(String path, String entry) throws ImageException {
        if (path.startsWith("/")) {
            throw new ImageException("tar entry \"" + entry + "\" has the absolute path \"" + path
                    + "\"; make the archive with relative paths (tar -C ROOT -c .)");
        }
        List<String> parts = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (part.equals("..")) {
                throw new ImageException("tar entry \"" + entry + "\" has a \"..\" in its path; it is refused");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        if (path.chars().anyMatch(c -> c < ' ')) {
            throw new ImageException("tar entry \"" + entry.replaceAll("\\p{Cntrl}", "?")
                    + "\" has control characters in its path; it is refused");
        }
        return "/" + String.join("/", parts);
    }

    private byte[] extension(long size) throws IOException {
        if (size < 0 || size > EXTENSION_LIMIT) {
            throw new ImageException(
                    "the tar archive has an extended header of " + size + " bytes, the limit is " + EXTENSION_LIMIT);
        }
        byte[] bytes = in.readNBytes((int) size);
        in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
        return bytes;
    }

    /** Records of the form {@code LENGTH KEY=VALUE\n}, the length counting itself. */
    private static void records(byte[] bytes, Map<String, byte[]> into) throws ImageException {
        int at = 0;
        while (at < bytes.length) {
            int space = indexOf(bytes, ' ', at);
            int equals = indexOf(bytes, '=', at);
            int end = space < 0 ? -1 : at + Integer.parseInt(latin(Arrays.copyOfRange(bytes, at, space)));
            if (space < 0 || equals < space || end > bytes.length || end <= equals) {
                throw new ImageException(
                        "the tar archive has a broken pax header at byte " + at + " of " + bytes.length);
            }
            into.put(
                    latin(Arrays.copyOfRange(bytes, space + 1, equals)),
                    Arrays.copyOfRange(bytes, equals + 1, end - 1));
            at = end;
        }
    }

    private static int indexOf(byte[] bytes, char wanted, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private static long extended(Map<String, byte[]> extensions, String key, long otherwise) {
        byte[] value = extensions.get(key);
        if (value == null) {
            return otherwise;
        }
        String text = latin(value);
        int dot = text.indexOf('.');
        return Long.parseLong(dot < 0 ? text : text.substring(0, dot));
    }

    private boolean isZero() {
        for (byte b : header) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private void checkSum() throws IOException {
        long sum = 8 * ' ';
        for (int i = 0; i < BLOCK; i++) {
            if (i < 148 || i >= 156) {
                sum += header[i] & 0xff;
            }
        }
        if (sum != number(148, 8)) {
            throw new ImageException("this is no tar archive, or it is damaged: the header of \""
                    + text(0, 100).replaceAll("[^ -~]", "?") + "\" has a wrong checksum");
        }
    }

    /** Octal digits, or GNU's base 256 where the first bit is set. */
    private long number(int offset, int length) throws ImageException {
        if ((header[offset] & 0x80) != 0) {
            long value = header[offset] & 0x3f;
            for (int i = 1; i < length; i++) {
                value = (value << 8) | (header[offset + i] & 0xff);
            }
            return value;
        }
        String digits = text(offset, length).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw new ImageException(
                    "the tar archive has a header with the number \"" + digits + "\"; it is damaged or no tar archive",
                    e);
        }
    }

    private String text(int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return new String(header, offset, end - offset, StandardCharsets.ISO_8859_1);
    }

    private static byte[] withoutNul(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    private static String latin(byte @org.jspecify.annotations.Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
