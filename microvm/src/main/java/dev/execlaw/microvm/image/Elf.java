package dev.execlaw.microvm.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * What the header of an ELF file says (elf(5)).
 *
 * @param bits 32 or 64
 * @param machine {@code x86_64}, {@code aarch64}, or {@code machine N} for others
 * @param executable whether it is a program (position-independent or not) rather than an object or core file
 * @param dynamic whether it names a program interpreter, that is, needs shared libraries
 */
public record Elf(int bits, String machine, boolean executable, boolean dynamic) {

    private static final int PT_INTERP = 3;
    private static final int ET_EXEC = 2;
    private static final int ET_DYN = 3;

    /** Reads the header, empty when the file is no ELF at all. */
    public static Optional<Elf> read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer header = at(channel, 0, 64);
            if (header.limit() < 52 || header.getInt(0) != 0x464c457f) {
                return Optional.empty();
            }
            int bits = header.get(4) == 2 ? 64 : 32;
            if (header.get(5) != 1) {
                return Optional.of(new Elf(bits, "big-endian", false, false));
            }
            int type = header.getShort(16);
            return Optional.of(new Elf(
                    bits,
                    machine(header.getShort(18)),
                    type == ET_EXEC || type == ET_DYN,
                    dynamic(channel, header, bits)));
        }
    }

    /** The name this JVM's machine has in {@link #machine}. */
    public static String hostMachine() {
        String arch = System.getProperty("os.arch", "");
        return arch.equals("amd64") ? "x86_64" : arch;
    }

    private static boolean dynamic(FileChannel channel, ByteBuffer header, int bits) throws IOException {
        long offset = bits == 64 ? header.getLong(32) : Integer.toUnsignedLong(header.getInt(28));
        int size = Short.toUnsignedInt(header.getShort(bits == 64 ? 54 : 42));
        int count = Short.toUnsignedInt(header.getShort(bits == 64 ? 56 : 44));
        for (int i = 0; i < count; i++) {
            ByteBuffer program = at(channel, offset + (long) i * size, 4);
            if (program.limit() == 4 && program.getInt(0) == PT_INTERP) {
                return true;
            }
        }
        return false;
    }

    private static String machine(int number) {
        return switch (number) {
            case 62 -> "x86_64";
            case 183 -> "aarch64";
            default -> "machine " + number;
        };
    }

    private static ByteBuffer at(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        if (position < 0) {
            return buffer.limit(0);
        }
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) > 0) {
            // reads on until full or at the end
        }
        return buffer.flip();
    }
}
