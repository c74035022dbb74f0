package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A copy of a file in memory that nobody can change any more (memfd_create(2), sealed): whoever gets it may even open it
 * for writing, as programs do that only want a private mapping. It is gone when nobody has it open or mapped. Any thread
 * may use it.
 */
public final class SealedMemory implements AutoCloseable {

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_SEAL_ALL = 0xf;
    private static final int PAGE = 4096;
    private static final int CHUNK = 1 << 20;
    private static final byte[] ZEROS = new byte[PAGE];

    private final int fd;

    private SealedMemory(int fd) {
        this.fd = fd;
    }

    /** Copies a file. Its zeros take no memory. */
    public static SealedMemory copyOf(Path file) throws IOException {
        int fd = (int) Errno.check(Libc.memfdCreate("execlaw-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");
        SealedMemory copy = new SealedMemory(fd);
        try (FileChannel from = FileChannel.open(file);
                FileChannel to = FileChannel.open(copy.path(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            fill(from, to);
        } catch (IOException e) {
            copy.close();
            throw e;
        }
        // Only now: a writable mapping or channel would make the seal fail.
        int sealed = Libc.fcntl(fd, F_ADD_SEALS, F_SEAL_ALL);
        if (sealed < 0) {
            copy.close();
        }
        Errno.check(sealed, "fcntl F_ADD_SEALS");
        return copy;
    }

    private static void fill(FileChannel from, FileChannel to) throws IOException {
        long size = from.size();
        if (size == 0) {
            return;
        }
        to.write(ByteBuffer.wrap(new byte[1]), size - 1);
        byte[] chunk = new byte[CHUNK];
        for (long at = 0; at < size; ) {
            int n = from.read(ByteBuffer.wrap(chunk), at);
            if (n < 0) {
                throw new IOException("a file became shorter while it was copied to memory");
            }
            writeData(to, chunk, n, at);
            at += n;
        }
    }

    private static void writeData(FileChannel to, byte[] chunk, int length, long at) throws IOException {
        int begin = 0;
        while (begin < length) {
            int end = begin;
            while (end < length && !isZero(chunk, end, Math.min(PAGE, length - end))) {
                end += Math.min(PAGE, length - end);
            }
            ByteBuffer data = ByteBuffer.wrap(chunk, begin, end - begin);
            long place = at + begin;
            while (data.hasRemaining()) {
                place += to.write(data, place);
            }
            begin = end + Math.min(PAGE, length - end);
        }
    }

    private static boolean isZero(byte[] bytes, int from, int length) {
        return Arrays.equals(bytes, from, from + length, ZEROS, 0, length);
    }

    /** Where other processes of ours open it as long as this is open. */
    public Path path() {
        return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd);
    }

    /** Lets go of it; who has it open or mapped keeps it. */
    @Override
    public void close() {
        Libc.close(fd);
    }
}
