package dev.execlaw.microvm.image.tree;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes a tar archive for GNU tar to unpack: files, directories, symbolic and hard links, names of any length (by
 * GNU's {@code L} and {@code K} entries). Owners are not written: they are kept elsewhere. Not for several threads.
 */
final class TarWriter {

    private static final int BLOCK = 512;

    private final OutputStream out;

    TarWriter(OutputStream out) {
        this.out = out;
    }

    /** Writes an entry; {@code content} gives exactly its size. */
    void write(TarEntry entry, int mode, InputStream content) throws IOException {
        String name = "." + (entry.path().equals("/") ? "/" : entry.path());
        String link = entry.kind() == TarEntry.Kind.HARDLINK ? "." + entry.link() : entry.link();
        longText('L', name);
        longText('K', link);
        out.write(header(name, type(entry.kind()), mode, entry.mtime(), entry.size(), link));
        long copied = content.transferTo(out);
        if (copied != entry.size()) {
            throw new IllegalArgumentException(
                    "content of " + entry.path() + " is " + copied + " bytes, announced were " + entry.size());
        }
        pad(copied);
    }

    /** Writes the end of the archive. */
    void finish() throws IOException {
        out.write(new byte[2 * BLOCK]);
        out.flush();
    }

    private static char type(TarEntry.Kind kind) {
        return switch (kind) {
            case FILE -> '0';
            case HARDLINK -> '1';
            case SYMLINK -> '2';
            case DIRECTORY -> '5';
            case DEVICE, FIFO -> throw new IllegalArgumentException("a tree for an image has no " + kind);
        };
    }

    private void longText(char type, String text) throws IOException {
        if (text.length() <= 100) {
            return;
        }
        byte[] bytes = (text + "\0").getBytes(StandardCharsets.ISO_8859_1);
        out.write(header("././@LongLink", type, 0, 0, bytes.length, ""));
        out.write(bytes);
        pad(bytes.length);
    }

    private void pad(long size) throws IOException {
        out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
    }

    private static byte[] header(String name, char type, int mode, long mtime, long size, String link) {
        byte[] header = new byte[BLOCK];
        text(header, 0, 100, name);
        octal(header, 100, 8, mode);
        octal(header, 108, 8, 0);
        octal(header, 116, 8, 0);
        octal(header, 124, 12, size);
        octal(header, 136, 12, mtime);
        text(header, 148, 8, "        ");
        header[156] = (byte) type;
        text(header, 157, 100, link);
        text(header, 257, 8, "ustar  "); // GNU's magic: the long names above are its own
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        octal(header, 148, 7, sum);
        return header;
    }

    private static void text(byte[] header, int offset, int length, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, header, offset, Math.min(bytes.length, length));
    }

    private static void octal(byte[] header, int offset, int length, long value) {
        if (Long.numberOfLeadingZeros(value) < 64 - 3 * (length - 1)) {
            header[offset] = (byte) 0x80; // base 256, for files of 8 GiB and more
            for (int i = 0; i < 8; i++) {
                header[offset + length - 1 - i] = (byte) (value >>> (8 * i));
            }
            return;
        }
        text(header, offset, length - 1, ("%0" + (length - 1) + "o").formatted(value));
    }
}
