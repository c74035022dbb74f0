package dev.execlaw.microvm.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A kernel that a machine of this host can boot.
 *
 * @param description its form, for people
 */
public record Kernel(String description) {

    private static final int HEAD = 0x240;
    private static final int SHOWN = 24;

    /**
     * Looks at the beginning of the file: an ELF {@code vmlinux} of this machine (what Firecracker boots), a 64-bit
     * bzImage on x86_64 (QEMU, Firecracker from 1.17 on; Documentation/arch/x86/boot.rst), an {@code Image} on aarch64
     * (Documentation/arch/arm64/booting.rst).
     *
     * @throws ImageException for all else, with what was found
     */
    public static Kernel read(Path file) throws IOException {
        byte[] head = head(file);
        boolean arm = Elf.hostMachine().equals("aarch64");
        if (at(head, 0x202, "HdrS")) {
            return new Kernel(
                    checked(file, !arm && (head[0x236] & 1) == 1, "bzImage", "a bzImage, but not for 64-bit"));
        }
        if (at(head, 56, "ARMd")) {
            return new Kernel(checked(file, arm, "arm64 Image", "an arm64 Image, the guest is"));
        }
        Optional<Elf> elf = Elf.read(file);
        if (elf.isEmpty()) {
            throw new ImageException("kernel " + file + " is neither an ELF vmlinux nor a bzImage: it begins with "
                    + shown(head) + "; give the uncompressed vmlinux, e.g. of Firecracker's CI");
        }
        String found = elf.get().bits() + "-bit ELF for " + elf.get().machine();
        boolean fits = elf.get().bits() == 64 && elf.get().machine().equals(Elf.hostMachine());
        checked(file, fits, "", "a " + found + ", the guest is 64-bit");
        if (!elf.get().executable() || elf.get().dynamic()) {
            throw new ImageException("kernel " + file + " is an ELF file, but "
                    + (elf.get().dynamic() ? "a program that needs shared libraries" : "not an executable one")
                    + "; give the uncompressed vmlinux");
        }
        return new Kernel("vmlinux, " + found);
    }

    /** What an initramfs is, checked by its first bytes: the kernel unpacks cpio, plain or compressed. */
    public static String initramfs(Path file) throws IOException {
        byte[] head = head(file);
        if (at(head, 0, "070701") || at(head, 0, "070702")) {
            return "cpio, newc";
        }
        if (at(head, 0, "\u001f\u008b") || at(head, 0, "(\u00b5/\u00fd") || at(head, 0, "\u00fd7zXZ")) {
            return "compressed";
        }
        throw new ImageException("initramfs " + file
                + " is no cpio archive, plain or compressed by gzip, xz or zstd: it" + " begins with " + shown(head));
    }

    private static String checked(Path file, boolean fits, String form, String otherwise) throws ImageException {
        if (!fits) {
            throw new ImageException(
                    "kernel " + file + " is " + otherwise + " " + Elf.hostMachine() + "; give one for this machine");
        }
        return form;
    }

    private static byte[] head(Path file) throws IOException {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new ImageException(file + " is not a file that can be read");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(HEAD);
        }
    }

    private static boolean at(byte[] bytes, int offset, String magic) {
        byte[] wanted = magic.getBytes(StandardCharsets.ISO_8859_1);
        return bytes.length >= Math.max(offset + wanted.length, offset == 0x202 ? HEAD : 0)
                && Arrays.equals(bytes, offset, offset + wanted.length, wanted, 0, wanted.length);
    }

    private static String shown(byte[] head) {
        return "0x" + HexFormat.of().formatHex(head, 0, Math.min(8, head.length)) + " (\""
                + new String(head, 0, Math.min(SHOWN, head.length), StandardCharsets.ISO_8859_1)
                        .replaceAll("[^ -~]", ".")
                + "\")";
    }
}
