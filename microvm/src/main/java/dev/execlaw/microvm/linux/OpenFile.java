package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** A file descriptor of our own, for the calls that the JDK's channels do not offer. Any thread may use it. */
public final class OpenFile implements AutoCloseable {

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_DIRECTORY = 0x10000;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;

    private static final int SEEK_END = 2;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;
    private static final long FICLONE = 0x40049409L;

    private final Path path;
    private final int fd;
    private boolean open = true;

    private OpenFile(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /** Opens a FIFO for both ways and without ever blocking: so it has a writer as long as this is open. */
    public static OpenFile fifo(Path path) throws IOException {
        return open(path, O_RDWR | O_NONBLOCK, 0);
    }

    /** Opens a file for changing it. */
    public static OpenFile readWrite(Path path) throws IOException {
        return open(path, O_RDWR, 0);
    }

    /** Opens a file for reading. */
    public static OpenFile read(Path path) throws IOException {
        return open(path, O_RDONLY, 0);
    }

    /** Makes a file, 0600, that must not exist yet. */
    public static OpenFile create(Path path) throws IOException {
        return open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    }

    /** Opens a directory as a place only: good for {@link #alias}. */
    public static OpenFile place(Path directory) throws IOException {
        return open(directory, O_PATH | O_DIRECTORY, 0);
    }

    private static OpenFile open(Path path, int flags, int mode) throws IOException {
        int fd = (int) Errno.check(Libc.open(path.toString(), flags | O_CLOEXEC, mode), "open " + path);
        return new OpenFile(path, fd);
    }

    /**
     * A short name of a file in this directory, valid in this process while this is open: socket addresses hold no more
     * than 107 bytes (unix(7)).
     */
    public synchronized Path alias(String name) throws IOException {
        return Path.of("/proc/self/fd/" + live(), name);
    }

    /**
     * Writes what can be written without blocking.
     *
     * @return how many bytes went, 0 when the pipe is full
     */
    public synchronized int writeNow(byte[] bytes, int from, int length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(length);
            MemorySegment.copy(bytes, from, buffer, ValueLayout.JAVA_BYTE, 0, length);
            long written = Libc.write(live(), buffer, length);
            if (written == -Errno.EAGAIN || written == -Errno.EINTR) {
                return 0;
            }
            return (int) Errno.check(written, "write " + path);
        }
    }

    /**
     * Reads what is there without blocking.
     *
     * @return how many bytes came, 0 when the pipe is empty
     */
    public synchronized int readNow(byte[] target) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(target.length);
            long n = Libc.read(live(), buffer, target.length);
            if (n == -Errno.EAGAIN || n == -Errno.EINTR) {
                return 0;
            }
            Errno.check(n, "read " + path);
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, target, 0, (int) n);
            return (int) n;
        }
    }

    /**
     * Reads at an offset. Unlike a FileChannel it is not closed for all when one reader is interrupted.
     *
     * @return how many bytes, 0 at the end
     */
    public synchronized int readAt(long offset, byte[] target) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(target.length);
            int n = (int) Errno.check(Libc.pread(live(), buffer, target.length, offset), "pread " + path);
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, target, 0, n);
            return n;
        }
    }

    /** Length of the file. */
    public synchronized long length() throws IOException {
        return Errno.check(Libc.lseek(live(), 0, SEEK_END), "lseek SEEK_END " + path);
    }

    /** Completes when a pipe has room again. Cancel it to wait no longer; callbacks must not block. */
    public synchronized CompletableFuture<Void> writable() throws IOException {
        return Readiness.SHARED.await(live(), Readiness.EPOLLOUT);
    }

    /** Completes when there is something to read. Cancel it to wait no longer; callbacks must not block. */
    public synchronized CompletableFuture<Void> readable() throws IOException {
        return Readiness.SHARED.await(live(), Readiness.EPOLLIN);
    }

    /** Gives the space of a range back to the file system; the file's length stays, the range reads as zeros. */
    public synchronized void punchHole(long offset, long length) throws IOException {
        int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
        Errno.check(Libc.fallocate(live(), mode, offset, length), "fallocate PUNCH_HOLE " + path);
    }

    /** Offset of the first byte that is no hole; the file's length when there is none. */
    public synchronized long firstData(long length) throws IOException {
        return dataFrom(0, length);
    }

    /** Offset of the first byte from this one on that is no hole; the file's length when there is none. */
    public synchronized long dataFrom(long offset, long length) throws IOException {
        long result = Libc.lseek(live(), offset, SEEK_DATA);
        return result == -Errno.ENXIO ? length : Errno.check(result, "lseek SEEK_DATA " + path);
    }

    /** Offset of the first hole from this one on, which is less than the length; a file ends with a hole. */
    public synchronized long holeFrom(long offset) throws IOException {
        return Errno.check(Libc.lseek(live(), offset, SEEK_HOLE), "lseek SEEK_HOLE " + path);
    }

    /** Makes this file share all blocks of {@code source}, copy-on-write. False where the file system cannot. */
    public synchronized boolean cloneFrom(OpenFile source) throws IOException {
        int result = Libc.ioctl(live(), FICLONE, source.fd);
        if (result == -Errno.EOPNOTSUPP
                || result == -Errno.EXDEV
                || result == -Errno.EINVAL
                || result == -Errno.ENOTTY) {
            return false;
        }
        Errno.check(result, "ioctl FICLONE " + path);
        return true;
    }

    /** A call of ioctl(2) with a structure, for the calls of this package. False where the file system has no such. */
    synchronized boolean control(long request, MemorySegment structure) throws IOException {
        int result = Libc.ioctl(live(), request, structure.address());
        if (result == -Errno.EOPNOTSUPP || result == -Errno.ENOTTY) {
            return false;
        }
        Errno.check(result, "ioctl " + Long.toHexString(request) + " " + path);
        return true;
    }

    private int live() throws IOException {
        if (!open) {
            throw new IOException(path + " is closed");
        }
        return fd;
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            Libc.close(fd);
        }
    }
}
