package dev.execlaw.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts bytes that come in any pieces at the ends of characters, so that text stays text. Bytes that are no UTF-8 go
 * through as they are. Used by one thread at a time.
 */
final class Utf8Pieces {

    private byte[] rest = {};

    /** What can be told with these bytes; the beginning of a character at their end waits for the next. */
    byte[] next(byte[] bytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(rest.length + bytes.length);
        all.writeBytes(rest);
        all.writeBytes(bytes);
        byte[] joined = all.toByteArray();
        int end = joined.length - unfinished(joined);
        rest = Arrays.copyOfRange(joined, end, joined.length);
        return Arrays.copyOf(joined, end);
    }

    /** What still waits. */
    byte[] end() {
        byte[] last = rest;
        rest = new byte[0];
        return last;
    }

    /** The text that bytes are, if they are UTF-8. */
    static Optional<String> text(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException _) {
            return Optional.empty(); // which is an answer
        }
    }

    /** How many bytes at the end begin a character (RFC 3629, section 3) and do not end it. */
    private static int unfinished(byte[] bytes) {
        for (int back = 1; back <= Math.min(3, bytes.length); back++) {
            int b = bytes[bytes.length - back] & 0xff;
            if ((b & 0xc0) != 0x80) {
                int length = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;
                return length > back ? back : 0;
            }
        }
        return 0;
    }
}
