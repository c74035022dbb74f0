package dev.execlaw.microvm.image.source;

import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/** Small but real artefacts. */
final class Samples {

    private Samples() {}

    /** A program of this host. */
    static byte[] elf() throws IOException {
        return Files.readAllBytes(Path.of("/bin/true").toRealPath());
    }

    static byte[] elfFor(Architecture architecture) throws IOException {
        byte[] elf = elf();
        elf[18] = (byte) architecture.elfMachine();
        return elf;
    }

    /** A squashfs of a small tree. */
    static byte[] squashfs(Path work) throws IOException, InterruptedException {
        Path tree = Files.createDirectories(work.resolve("tree/etc"));
        Files.writeString(tree.resolve("hostname"), "ubuntu-fc-uvm\n");
        Path image = work.resolve("tree.squashfs");
        Command.of("mksquashfs", work.resolve("tree").toString(), image.toString(), "-noappend", "-quiet")
                .runOrThrow();
        return Files.readAllBytes(image);
    }

    static byte[] random(int size, long seed) throws IOException {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        byte[] head = Arrays.copyOf(elf(), 64);
        System.arraycopy(head, 0, bytes, 0, Math.min(head.length, size));
        return bytes;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
