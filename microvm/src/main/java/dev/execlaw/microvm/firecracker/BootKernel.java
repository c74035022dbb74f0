package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.image.Elf;
import dev.execlaw.microvm.image.Kernel;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * A kernel in the form that Firecracker boots: an ELF vmlinux, or a bzImage from 1.17 on. For an older one the vmlinux
 * within a bzImage is unpacked once and kept (Documentation/arch/x86/boot.rst, scripts/extract-vmlinux of Linux).
 *
 * @param kept where unpacked kernels are kept
 */
record BootKernel(FirecrackerVersion version, Path kept) {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final int SETUP_SECTS = 0x1f1;
    private static final int PROTOCOL = 0x206;
    private static final int PAYLOAD_OFFSET = 0x248;
    private static final int PAYLOAD_LENGTH = 0x24c;
    private static final int WITH_PAYLOAD = 0x208;
    private static final int SIZE_AFTER_PAYLOAD = 4;

    /** The kernel itself, or the vmlinux that was within it. Any other file is refused in words. */
    HostPath bootable(HostPath kernel) throws IOException {
        boolean compressed = Kernel.read(kernel.path()).description().equals("bzImage");
        if (!compressed || version.atLeast(1, 17, 0)) {
            return kernel;
        }
        Path file = kernel.path().toRealPath();
        String key = Files.getAttribute(file, "unix:ino") + "-" + Files.size(file) + "-"
                + Files.getLastModifiedTime(file).toMillis();
        Path unpacked = kept.resolve("vmlinux-" + key);
        if (!Files.exists(unpacked)) {
            unpack(kernel, unpacked);
        }
        return new HostPath(unpacked);
    }

    private void unpack(HostPath kernel, Path target) throws IOException {
        Files.createDirectories(
                kept, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path packed = Files.createTempFile(kept, "payload", ".packed");
        Path fresh = Files.createTempFile(kept, "vmlinux", ".new");
        try {
            decompress(kernel, payload(kernel), packed, fresh);
            if (Elf.read(fresh)
                    .filter(elf -> elf.machine().equals(Elf.hostMachine()))
                    .isEmpty()) {
                throw new IOException("what was within kernel " + kernel + " is no vmlinux for " + Elf.hostMachine());
            }
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("r--r--r--"));
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(packed);
            Files.deleteIfExists(fresh);
        }
    }

    private static byte[] payload(HostPath kernel) throws IOException {
        byte[] all = Files.readAllBytes(kernel.path());
        ByteBuffer header = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        if (all.length < PAYLOAD_LENGTH + 4 || header.getShort(PROTOCOL) < WITH_PAYLOAD) {
            throw new IOException("kernel " + kernel + " is a bzImage that does not say where its vmlinux is");
        }
        int sectors = header.get(SETUP_SECTS) == 0 ? 4 : header.get(SETUP_SECTS) & 0xff;
        long from = (sectors + 1) * 512L + Integer.toUnsignedLong(header.getInt(PAYLOAD_OFFSET));
        long to = from + Integer.toUnsignedLong(header.getInt(PAYLOAD_LENGTH));
        if (to > all.length) {
            throw new IOException("kernel " + kernel + " ends at " + all.length + ", its vmlinux at " + to);
        }
        return Arrays.copyOfRange(all, (int) from, (int) to);
    }

    private static void decompress(HostPath kernel, byte[] payload, Path packed, Path target) throws IOException {
        int magic = payload.length < 4 ? 0 : ByteBuffer.wrap(payload).getInt();
        if (magic >>> 16 == 0x1f8b) {
            try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(payload))) {
                Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
            }
            return;
        }
        List<String> program = switch (magic) {
            case 0xfd377a58 -> List.of("xz", "-dc");
            case 0x28b52ffd -> List.of("zstd", "-qdc");
            case 0x02214c18 -> List.of("lz4", "-qdc");
            default ->
                throw new IOException("kernel " + kernel + " is a bzImage compressed in a way that is not known (0x"
                        + Integer.toHexString(magic) + "); give the uncompressed vmlinux, or use Firecracker 1.17");
        };
        // All but gzip have the size of the vmlinux after them, which is no part of the stream.
        Files.write(packed, Arrays.copyOf(payload, payload.length - SIZE_AFTER_PAYLOAD));
        try {
            Command.of(program)
                    .inputFrom(packed)
                    .outputTo(target)
                    .timeout(TIMEOUT)
                    .runOrThrow();
        } catch (CommandException e) {
            throw new IOException("kernel " + kernel + " cannot be unpacked: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while unpacking " + kernel, e);
        }
    }
}
