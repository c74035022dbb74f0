package dev.execlaw.microvm.image.tree;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes tar archives byte by byte, hostile ones too. */
final class TarBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    TarBytes file(String name, String content) {
        return entry('0', name, "", content.getBytes(StandardCharsets.UTF_8));
    }

    TarBytes directory(String name) {
        return entry('5', name, "", new byte[0]);
    }

    TarBytes symbolicLink(String name, String target) {
        return entry('2', name, target, new byte[0]);
    }

    TarBytes hardLink(String name, String target) {
        return entry('1', name, target, new byte[0]);
    }

    TarBytes pax(String... keysAndValues) {
        StringBuilder records = new StringBuilder();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            records.append(record(keysAndValues[i], keysAndValues[i + 1]));
        }
        return entry('x', "PaxHeaders/x", "", records.toString().getBytes(StandardCharsets.UTF_8));
    }

    TarBytes entry(char type, String name, String link, byte[] content) {
        return header(header(type, name, link, content.length)).raw(content).pad(content.length);
    }

    TarBytes header(byte[] header) {
        return raw(header);
    }

    TarBytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    byte[] end() {
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    byte[] cutOff() {
        return out.toByteArray();
    }

    private TarBytes pad(int length) {
        out.writeBytes(new byte[-length & 511]);
        return this;
    }

    static byte[] header(char type, String name, String link, long size) {
        byte[] block = new byte[512];
        put(block, 0, name);
        put(block, 100, "0000644\0");
        put(block, 108, "0000000\0");
        put(block, 116, "0000000\0");
        put(block, 124, "%011o\0".formatted(size));
        put(block, 136, "00000000017\0");
        block[156] = (byte) type;
        put(block, 157, link);
        put(block, 257, "ustar\0" + "00");
        return sealed(block);
    }

    /** Sets the checksum. */
    static byte[] sealed(byte[] block) {
        Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        put(block, 148, "%06o\0 ".formatted(sum));
        return block;
    }

    static void put(byte[] block, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, block, offset, bytes.length);
    }

    private static String record(String key, String value) {
        int body = (" " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8).length;
        int length = body + String.valueOf(body).length();
        if (String.valueOf(length).length() != String.valueOf(body).length()) {
            length = body + String.valueOf(length).length();
        }
        return length + " " + key + "=" + value + "\n";
    }
}
