package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Takes a content coding off an answer as it comes: what a provider has flushed is out at once, wherever the bytes were
 * split. We ask for none, but some proxies compress all the same. Lives on the threads of its exchange, one at a time.
 */
final class ContentCoding implements AutoCloseable {

    private static final int PIECE = 16 << 10;
    /** A longer header of a gzip member is no header. */
    private static final int LONGEST_HEADER = 64 << 10;

    /** RFC 1952, 2.3.1. */
    private static final int FHCRC = 2;

    private static final int FEXTRA = 4;
    private static final int FNAME = 8;
    private static final int FCOMMENT = 16;
    private static final int TRAILER = 8;

    private enum Form {
        PLAIN,
        GZIP,
        DEFLATE
    }

    private final Form form;
    private final ByteArrayOutputStream head = new ByteArrayOutputStream();
    private @Nullable Inflater inflater;
    private int trailer;

    private ContentCoding(Form form) {
        this.form = form;
    }

    /**
     * For the value of a {@code Content-Encoding} header, null for none.
     *
     * @throws BadAnswer for a coding that cannot be taken off
     */
    static ContentCoding of(@Nullable String header) throws BadAnswer {
        String coding = header == null ? "" : header.strip().toLowerCase(Locale.ROOT);
        return new ContentCoding(
                switch (coding) {
                    case "", "identity" -> Form.PLAIN;
                    case "gzip", "x-gzip" -> Form.GZIP;
                    case "deflate" -> Form.DEFLATE;
                    default ->
                        throw new BadAnswer("it is encoded as \"" + coding
                                + "\", which was not asked for; gzip, deflate and none can be read");
                });
    }

    /**
     * Takes the next bytes and gives what they decode to.
     *
     * @throws BadAnswer when they are no such coding
     */
    void feed(byte[] bytes, Consumer<byte[]> out) throws BadAnswer {
        if (form == Form.PLAIN) {
            out.accept(bytes);
            return;
        }
        byte[] rest = bytes;
        while (rest.length > 0) {
            if (trailer > 0) {
                rest = skipTrailer(rest);
            } else if (inflater == null) {
                head.writeBytes(rest);
                rest = begin();
            } else {
                rest = inflate(inflater, rest, out);
            }
        }
    }

    private byte[] skipTrailer(byte[] bytes) {
        int skipped = Math.min(trailer, bytes.length);
        trailer -= skipped;
        return from(bytes, skipped);
    }

    /** Begins to inflate when the header is whole; gives what follows it. */
    private byte[] begin() throws BadAnswer {
        byte[] bytes = head.toByteArray();
        int length = form == Form.GZIP ? gzipHeader(bytes) : bytes.length < 2 ? -1 : 0;
        if (length < 0) {
            if (bytes.length > LONGEST_HEADER) {
                throw new BadAnswer("it says it is gzip and its header has no end");
            }
            return new byte[0];
        }
        head.reset();
        // "deflate" means zlib's form (RFC 9110, 8.4.1.2), but some servers send the bare one.
        boolean zlib = form == Form.DEFLATE && isZlib(bytes[0] & 0xff, bytes[1] & 0xff);
        inflater = new Inflater(!zlib);
        return from(bytes, length);
    }

    /** Whether these two bytes begin zlib's form: RFC 1950, 2.2. */
    private static boolean isZlib(int first, int second) {
        return (first & 0x0f) == 8 && (first * 256 + second) % 31 == 0;
    }

    /** Length of the gzip header at the beginning, -1 while it is not whole. */
    private static int gzipHeader(byte[] bytes) throws BadAnswer {
        if ((bytes.length > 0 && bytes[0] != 0x1f) || (bytes.length > 1 && (bytes[1] & 0xff) != 0x8b)) {
            throw new BadAnswer("it says it is gzip and is not");
        }
        if (bytes.length < 10) {
            return -1;
        }
        int flags = bytes[3];
        int at = 10;
        if ((flags & FEXTRA) != 0) {
            if (bytes.length < at + 2) {
                return -1;
            }
            at += 2 + (bytes[at] & 0xff) + ((bytes[at + 1] & 0xff) << 8);
        }
        for (int text : new int[] {FNAME, FCOMMENT}) {
            if ((flags & text) != 0) {
                while (at < bytes.length && bytes[at] != 0) {
                    at++;
                }
                at++;
            }
        }
        if ((flags & FHCRC) != 0) {
            at += 2;
        }
        return at <= bytes.length ? at : -1;
    }

    private byte[] inflate(Inflater from, byte[] bytes, Consumer<byte[]> out) throws BadAnswer {
        from.setInput(bytes);
        byte[] buffer = new byte[PIECE];
        try {
            while (true) {
                int count = from.inflate(buffer);
                if (count > 0) {
                    byte[] piece = new byte[count];
                    System.arraycopy(buffer, 0, piece, 0, count);
                    out.accept(piece);
                } else if (from.finished() || from.needsInput() || from.needsDictionary()) {
                    break;
                }
            }
        } catch (DataFormatException e) {
            throw new BadAnswer("its compression is broken: " + e.getMessage());
        }
        if (!from.finished()) {
            return new byte[0];
        }
        int left = from.getRemaining();
        close();
        // A gzip stream may have several members, one after the other.
        trailer = form == Form.GZIP ? TRAILER : Integer.MAX_VALUE;
        return from(bytes, bytes.length - left);
    }

    private static byte[] from(byte[] bytes, int start) {
        byte[] rest = new byte[bytes.length - start];
        System.arraycopy(bytes, start, rest, 0, rest.length);
        return rest;
    }

    /** Frees what inflates. */
    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
            inflater = null;
        }
    }
}
