package dev.execlaw.microvm.image.base;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** Bytes by which a file's form is known. */
enum Magic {
    SQUASHFS(0, "hsqs"),
    GZIP(0, "\u001f\u008b\b"),
    ZSTD(0, "(\u00b5/\u00fd"),
    TAR(257, "ustar");

    private static final int HEAD = 512;
    private static final int SHOWN = 24;

    private final int offset;
    private final String bytes;

    Magic(int offset, String bytes) {
        this.offset = offset;
        this.bytes = bytes;
    }

    boolean matches(byte[] head) {
        return new String(head, StandardCharsets.ISO_8859_1).startsWith(bytes, offset);
    }

    static byte[] head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(HEAD);
        }
    }

    /** The first bytes for people. */
    static String shown(byte[] head) {
        return "0x" + HexFormat.of().formatHex(head, 0, Math.min(8, head.length)) + " (\""
                + new String(head, 0, Math.min(SHOWN, head.length), StandardCharsets.ISO_8859_1)
                        .replaceAll("[^ -~]", ".")
                + "\")";
    }
}
