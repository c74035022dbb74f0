package dev.execlaw.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.ObjectWriter;

/** Cuts things into random pieces. */
final class Chunks {

    private static final ObjectWriter ASCII = Json.MAPPER.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);

    private Chunks() {}

    /** A JSON string in ASCII: a piece may end within a surrogate pair. */
    static String json(String piece) {
        return ASCII.writeValueAsString(piece);
    }

    static List<String> of(String text, Random random) {
        List<String> pieces = new ArrayList<>();
        int most = 1 + random.nextInt(12);
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + 1 + random.nextInt(most));
            pieces.add(text.substring(at, end));
            at = end;
        }
        return pieces;
    }

    static List<byte[]> of(byte[] bytes, Random random) {
        List<byte[]> pieces = new ArrayList<>();
        int most = 1 + random.nextInt(40);
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(most));
            pieces.add(java.util.Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
        return pieces;
    }
}
