package dev.execlaw.microvm.diff;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;

/**
 * How a guest's names, which are bytes, become text. Within this package a name or path is a string of ISO 8859-1: one
 * character for each byte.
 */
final class GuestName {

    private GuestName() {}

    /** Lossless text for people and JSON: see {@link FileChange#path}. */
    static String text(String bytes) {
        return escaped(bytes, "\\\\", "\"", "\\x%02x"::formatted);
    }

    /** As git writes names in patches: in quotes, with octal escapes, where there is anything to escape. */
    static String patched(String bytes) {
        String escaped = escaped(bytes, "\\\\", "\\\"", "\\%03o"::formatted);
        return escaped.indexOf('\\') < 0 ? escaped : '"' + escaped + '"';
    }

    private static String escaped(String bytes, String backslash, String quote, IntFunction<String> other) {
        StringBuilder text = new StringBuilder(bytes.length());
        int at = 0;
        while (at < bytes.length()) {
            int c = bytes.charAt(at);
            int length = sequence(c);
            String character = length == 1 ? "" : utf8(bytes, at, length);
            if (!character.isEmpty() && !Character.isISOControl(character.codePointAt(0))) {
                text.append(character);
                at += length;
            } else {
                if (c == '\\') {
                    text.append(backslash);
                } else if (c == '"') {
                    text.append(quote);
                } else if (c < 0x20 || c >= 0x7f) {
                    text.append(other.apply(c));
                } else {
                    text.append((char) c);
                }
                at++;
            }
        }
        return text.toString();
    }

    private static int sequence(int first) {
        if (first < 0xc2) {
            return 1;
        }
        return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    }

    private static String utf8(String bytes, int at, int length) {
        if (at + length > bytes.length()) {
            return "";
        }
        byte[] sequence = bytes.substring(at, at + length).getBytes(StandardCharsets.ISO_8859_1);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(sequence))
                    .toString();
        } catch (CharacterCodingException _) {
            // It is not UTF-8; that is the answer.
            return "";
        }
    }
}
