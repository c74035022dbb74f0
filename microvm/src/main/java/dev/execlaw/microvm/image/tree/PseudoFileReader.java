package dev.execlaw.microvm.image.tree;

import dev.execlaw.microvm.image.ImageException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code unsquashfs -pf} writes: a line for each entry of a squashfs, then the bytes of all files. That way
 * a squashfs is read without unpacking it anywhere: no root, no owners to lose, no links to follow on this host. Not
 * for several threads.
 *
 * <p>Format: squashfs-tools, {@code USAGE-MKSQUASHFS}, "Pseudo file definition format". Blanks, quotes and backslashes
 * of names are escaped, line breaks are not: a name with one cannot be told from two lines and is refused. Extended
 * attributes follow their entry in lines of their own, which unsquashfs writes from 4.6 on
 * ({@code print_xattr_name_value} in its {@code unsquashfs_xattr.c}).
 */
public final class PseudoFileReader implements EntryReader {

    private static final String DATA = "# START OF DATA - DO NOT MODIFY";
    private static final int LONGEST_LINE = 512 * 1024; // a value of 64 KiB, four characters for each byte
    private static final Pattern OCTAL = Pattern.compile("\\\\([0-3][0-7]{2})");

    private final Path file;
    private final InputStream lines;
    private final InputStream data;
    private @Nullable String ahead;
    private long position;
    private long from;
    private long left;

    /** Opens such a file. */
    public PseudoFileReader(Path file) throws IOException {
        this.file = file;
        this.lines = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        this.data = new BufferedInputStream(Files.newInputStream(file), 1 << 18);
        data.skipNBytes(startOfData(file));
    }

    @Override
    public Optional<TarEntry> next() throws IOException {
        left = 0;
        String line = ahead == null ? line(lines) : ahead;
        ahead = null;
        if (line == null || line.startsWith("#")) {
            return Optional.empty();
        }
        TarEntry entry = entry(line);
        return Optional.of(entry.withXattrs(xattrs(entry.path())));
    }

    /** The lines {@code NAME x KEY=VALUE} that follow an entry's. */
    private Map<String, byte[]> xattrs(String path) throws IOException {
        Map<String, byte[]> xattrs = new HashMap<>();
        while (true) {
            ahead = line(lines);
            if (ahead == null || ahead.startsWith("#")) {
                return xattrs;
            }
            Words words = new Words(ahead);
            String of = words.name();
            if (!words.plain().equals("x")) {
                return xattrs;
            }
            String pair = words.rest();
            int equals = pair.indexOf('=');
            if (equals < 0 || !path(of, ahead).equals(path)) {
                throw words.malformed(null);
            }
            xattrs.put(Xattrs.checked(pair.substring(0, equals)), value(pair.substring(equals + 1)));
        }
    }

    /** A value is written as it is if all of it can be printed, else after {@code 0t} with octal escapes. */
    private static byte[] value(String text) {
        String plain = text;
        if (text.startsWith("0t")) {
            plain = OCTAL.matcher(text.substring(2))
                    .replaceAll(escape ->
                            Matcher.quoteReplacement(Character.toString(Integer.parseInt(escape.group(1), 8))));
        }
        return plain.getBytes(StandardCharsets.ISO_8859_1);
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
                if (from != position) {
                    data.skipNBytes(from - position);
                    position = from;
                }
                int count = data.read(buffer, offset, (int) Math.min(length, left));
                if (count < 0) {
                    throw new EOFException(file + " ends within a file's content, " + left + " bytes missing");
                }
                position += count;
                from += count;
                left -= count;
                return count;
            }
        };
    }

    @Override
    public void close() throws IOException {
        try (lines) {
            data.close();
        }
    }

    /** {@code NAME TYPE TIME MODE UID GID REST}; a hard link has {@code NAME L TARGET}. */
    private TarEntry entry(String line) throws IOException {
        Words words = new Words(line);
        String path = path(words.name(), line);
        String type = words.plain();
        if (type.equals("L")) {
            return new TarEntry(path, TarEntry.Kind.HARDLINK, 0777, 0, 0, 0, 0, path(words.name(), line), Map.of());
        }
        long time = words.number(10);
        int mode = (int) words.number(8) & 07777;
        long uid = words.number(10);
        long gid = words.number(10);
        TarEntry.Kind kind = switch (type) {
            case "D" -> TarEntry.Kind.DIRECTORY;
            case "R" -> TarEntry.Kind.FILE;
            case "S" -> TarEntry.Kind.SYMLINK;
            case "B", "C" -> TarEntry.Kind.DEVICE;
            case "I" -> TarEntry.Kind.FIFO;
            default ->
                throw new ImageException(
                        "the squashfs has an entry of the unknown type \"" + shown(type) + "\": " + shown(line));
        };
        String link = kind == TarEntry.Kind.SYMLINK ? words.rest() : "";
        if (kind == TarEntry.Kind.FILE) {
            left = words.number(10);
            from = words.number(10);
            if (from < position) {
                throw new ImageException(
                        "the content of \"" + shown(path) + "\" does not follow that of the last file");
            }
        }
        return new TarEntry(path, kind, mode, uid, gid, time, left, link, Map.of());
    }

    private static String path(String name, String line) throws ImageException {
        if (name.equals("/")) {
            return name;
        }
        boolean plain = Arrays.stream(name.split("/", -1))
                .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        if (!plain || name.chars().anyMatch(c -> c < ' ')) {
            throw new ImageException(
                    "the squashfs has the name \"" + shown(name) + "\", which is refused: " + shown(line));
        }
        return "/" + name;
    }

    private static long startOfData(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            long offset = 0;
            for (String line = line(in); line != null; line = line(in)) {
                offset += line.length() + 1;
                if (line.equals(DATA)) {
                    String last = line(in);
                    if (last != null) {
                        return offset + last.length() + 1;
                    }
                }
            }
            return offset; // a tree without files
        }
    }

    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int b = in.read();
        if (b < 0) {
            return null;
        }
        for (; b >= 0 && b != '\n'; b = in.read()) {
            bytes.write(b);
            if (bytes.size() > LONGEST_LINE) {
                throw new ImageException("unsquashfs wrote a line of more than " + LONGEST_LINE + " bytes");
            }
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    private static String shown(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    /** A line's words: names with their escapes undone, numbers, and all that is left. */
    private static final class Words {

        private final String line;
        private int at;

        Words(String line) {
            this.line = line;
        }

        String name() throws ImageException {
            StringBuilder name = new StringBuilder();
            while (at < line.length() && line.charAt(at) != ' ') {
                if (line.charAt(at) == '\\' && at + 1 < line.length()) {
                    at++;
                }
                name.append(line.charAt(at++));
            }
            return ended(name.toString());
        }

        String plain() throws ImageException {
            int end = line.indexOf(' ', at);
            String word = line.substring(at, end < 0 ? line.length() : end);
            at = end < 0 ? line.length() : end;
            return ended(word);
        }

        long number(int radix) throws ImageException {
            String word = plain();
            try {
                return Long.parseUnsignedLong(word, radix);
            } catch (NumberFormatException e) {
                throw malformed(e);
            }
        }

        String rest() {
            return line.substring(Math.min(at, line.length()));
        }

        private String ended(String word) throws ImageException {
            if (word.isEmpty()) {
                throw malformed(null);
            }
            at++;
            return word;
        }

        private ImageException malformed(@Nullable Exception cause) {
            String message =
                    "the squashfs has an entry that cannot be read (a name with a line break?): " + shown(line);
            return cause == null ? new ImageException(message) : new ImageException(message, cause);
        }
    }
}
