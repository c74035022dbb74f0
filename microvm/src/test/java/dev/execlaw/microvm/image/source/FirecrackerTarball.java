package dev.execlaw.microvm.image.source;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** Release tarballs of Firecracker, written by hand so that they can be hostile. */
final class FirecrackerTarball {

    private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

    static byte[] whole(String version, Architecture architecture) throws IOException {
        String suffix = "-" + version + "-" + architecture;
        byte[] elf = Samples.elfFor(architecture);
        return new FirecrackerTarball()
                .file("release" + suffix + "/firecracker" + suffix, elf)
                .file("release" + suffix + "/firecracker" + suffix + ".debug", new byte[] {1})
                .file("release" + suffix + "/jailer" + suffix, elf)
                .file("release" + suffix + "/snapshot-editor" + suffix, elf)
                .file("release" + suffix + "/SHA256SUMS", new byte[] {2})
                .gzip();
    }

    FirecrackerTarball file(String name, byte[] content) {
        return entry('0', name, "", content);
    }

    FirecrackerTarball entry(char type, String name, String link, byte[] content) {
        byte[] block = new byte[512];
        put(block, 0, name);
        put(block, 100, "0000755\0");
        put(block, 108, "0000000\0");
        put(block, 116, "0000000\0");
        put(block, 124, "%011o\0".formatted(content.length));
        put(block, 136, "00000000000\0");
        block[156] = (byte) type;
        put(block, 157, link);
        put(block, 257, "ustar\0" + "00");
        Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        put(block, 148, "%06o\0 ".formatted(sum));
        tar.writeBytes(block);
        tar.writeBytes(content);
        tar.writeBytes(new byte[-content.length & 511]);
        return this;
    }

    byte[] gzip() throws IOException {
        tar.writeBytes(new byte[1024]);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            tar.writeTo(gzip);
        }
        return out.toByteArray();
    }

    private static void put(byte[] block, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, block, offset, bytes.length);
    }
}
