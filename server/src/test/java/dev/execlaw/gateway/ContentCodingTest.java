package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Compressed answers come out as they went in, whatever the pieces. */
class ContentCodingTest {

    private static final byte[] TEXT = "data: {\"ä\":1}\n\n".repeat(50).getBytes(StandardCharsets.UTF_8);

    private static String decoded(String coding, List<byte[]> pieces) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ContentCoding decoder = ContentCoding.of(coding)) {
            for (byte[] piece : pieces) {
                decoder.feed(piece, out::writeBytes);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static byte[] gzip() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(TEXT);
        }
        return out.toByteArray();
    }

    private static byte[] deflate(boolean bare) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream deflater = new DeflaterOutputStream(out, new Deflater(6, bare))) {
            deflater.write(TEXT);
        }
        return out.toByteArray();
    }

    /** A member with every optional part of the header. */
    private static byte[] decorated() throws IOException {
        byte[] plain = gzip();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(Arrays.copyOf(plain, 3));
        out.write(2 | 4 | 8 | 16);
        out.writeBytes(Arrays.copyOfRange(plain, 4, 10));
        out.writeBytes(new byte[] {3, 0, 'x', 'y', 'z'});
        out.writeBytes("name\0remark\0".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[] {1, 2});
        out.writeBytes(Arrays.copyOfRange(plain, 10, plain.length));
        return out.toByteArray();
    }

    @Test
    void everyFormInAnyPieces() throws IOException {
        String text = new String(TEXT, StandardCharsets.UTF_8);
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        two.writeBytes(gzip());
        two.writeBytes(decorated());
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            assertThat(decoded("gzip", Chunks.of(gzip(), random))).isEqualTo(text);
            assertThat(decoded("X-Gzip", Chunks.of(decorated(), random))).isEqualTo(text);
            assertThat(decoded("gzip", Chunks.of(two.toByteArray(), random))).isEqualTo(text + text);
            assertThat(decoded("deflate", Chunks.of(deflate(true), random))).isEqualTo(text);
            assertThat(decoded("deflate", Chunks.of(deflate(false), random))).isEqualTo(text);
            assertThat(decoded("identity", Chunks.of(TEXT, random))).isEqualTo(text);
        }
        assertThat(decoded("gzip", oneByOne(gzip()))).isEqualTo(text);
    }

    private static List<byte[]> oneByOne(byte[] bytes) {
        List<byte[]> pieces = new ArrayList<>();
        for (byte b : bytes) {
            pieces.add(new byte[] {b});
        }
        return pieces;
    }

    @Test
    void whatCannotBeReadIsSaid() {
        assertThatThrownBy(() -> ContentCoding.of("br"))
                .isInstanceOf(BadAnswer.class)
                .hasMessageContaining("\"br\"");
        assertThatThrownBy(() -> decoded("gzip", List.of(TEXT))).hasMessageContaining("is not");
        assertThatThrownBy(() -> decoded("deflate", List.of(new byte[] {0x78, (byte) 0x9c, 7, 7, 7, 7})))
                .isInstanceOf(BadAnswer.class);
    }
}
