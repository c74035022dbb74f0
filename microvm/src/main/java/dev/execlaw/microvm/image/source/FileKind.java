package dev.execlaw.microvm.image.source;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/** What a file must be, seen from its first bytes. */
public enum FileKind {
    /** A 64-bit little-endian ELF program. */
    ELF,
    /** An uncompressed kernel: ELF on x86_64, a PE {@code Image} on aarch64. */
    KERNEL,
    /** A squashfs file system, version 4. */
    SQUASHFS,
    /** A gzip stream. */
    GZIP;

    /** How many of the first bytes a verdict needs. */
    public static final int HEAD_BYTES = 512;

    private static final byte[] ELF_MAGIC = {0x7f, 'E', 'L', 'F'};
    private static final byte[] SQUASHFS_MAGIC = {'h', 's', 'q', 's'};
    private static final byte[] GZIP_MAGIC = {0x1f, (byte) 0x8b, 8};
    // "ARM\x64" at offset 56, see the kernel's Documentation/arch/arm64/booting.rst.
    private static final byte[] ARM64_IMAGE_MAGIC = {'A', 'R', 'M', 0x64};

    /**
     * Refuses what is not of this kind.
     *
     * @param head the first bytes, up to {@link #HEAD_BYTES} of them
     * @param what the file's name or address, for the message
     */
    public void check(byte[] head, Architecture architecture, String what) throws SourceException {
        refuseWebPage(head, what);
        switch (this) {
            case ELF -> elf(head, architecture, what);
            case KERNEL -> {
                if (architecture == Architecture.X86_64) {
                    elf(head, architecture, what);
                } else {
                    magic(head, 56, ARM64_IMAGE_MAGIC, "an uncompressed aarch64 kernel image", what);
                }
            }
            case SQUASHFS -> magic(head, 0, SQUASHFS_MAGIC, "a squashfs file system", what);
            case GZIP -> magic(head, 0, GZIP_MAGIC, "a gzip file", what);
        }
    }

    static void refuseWebPage(byte[] head, String what) throws SourceException {
        if (html(head)) {
            throw new SourceException(what
                    + " gives a web page, not a file: perhaps a login page of the network or an error page of a proxy ("
                    + excerpt(head) + "). Open the address in a browser, or set a mirror, or give the file itself");
        }
    }

    private static void elf(byte[] head, Architecture architecture, String what) throws SourceException {
        magic(head, 0, ELF_MAGIC, "an ELF file", what);
        if (head.length < 20) {
            throw new SourceException(what + " is an ELF file of " + head.length + " bytes: it is cut off");
        }
        if (head[4] != 2 || head[5] != 1) {
            throw new SourceException(what + " is not a 64-bit little-endian ELF file (class " + head[4] + ", data "
                    + head[5] + "): take the one for " + architecture);
        }
        int machine = Byte.toUnsignedInt(head[18]) + 256 * Byte.toUnsignedInt(head[19]);
        if (machine != architecture.elfMachine()) {
            String name = Arrays.stream(Architecture.values())
                    .filter(known -> known.elfMachine() == machine)
                    .map(Architecture::label)
                    .findFirst()
                    .orElse("machine number " + machine);
            throw new SourceException(what + " is an ELF file for " + name + ": take the one for " + architecture);
        }
    }

    private static void magic(byte[] head, int offset, byte[] magic, String wanted, String what)
            throws SourceException {
        int end = offset + magic.length;
        if (head.length < end || !Arrays.equals(head, offset, end, magic, 0, magic.length)) {
            throw new SourceException(what + " is not " + wanted + ": it begins with 0x"
                    + HexFormat.of().formatHex(head, 0, Math.min(head.length, 8)) + " (" + excerpt(head)
                    + "). Check the address or the file");
        }
    }

    private static boolean html(byte[] head) {
        String text = new String(head, StandardCharsets.UTF_8)
                .replace("\uFEFF", "")
                .stripLeading()
                .toLowerCase(Locale.ROOT);
        return text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<head");
    }

    private static String excerpt(byte[] head) {
        String text = new String(head, 0, Math.min(head.length, 60), StandardCharsets.ISO_8859_1)
                .replaceAll("[^ -~]+", " ")
                .strip();
        return "\"" + text + "\"";
    }
}
