package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of another process, as {@code /proc/PID/mem} and {@code /proc/PID/pagemap} give it (proc(5),
 * admin-guide/mm/pagemap.rst of the kernel) to whoever may trace that process. Used by one thread.
 */
public final class ProcessMemory implements AutoCloseable {

    /** Bytes of a page. */
    public static final int PAGE = 4096;

    private static final int ENTRY = 8;
    private static final int ENTRIES = 1 << 15;
    private static final long PRESENT = 1L << 63;
    private static final long SWAPPED = 1L << 62;
    private static final long OF_FILE = 1L << 61;

    private final FileChannel memory;
    private final FileChannel pagemap;

    private ProcessMemory(FileChannel memory, FileChannel pagemap) {
        this.memory = memory;
        this.pagemap = pagemap;
    }

    /** Opens the memory of a living process. */
    public static ProcessMemory open(long pid) throws IOException {
        Path process = Path.of("/proc", String.valueOf(pid));
        FileChannel memory =
                FileChannel.open(process.resolve("mem"), StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            return new ProcessMemory(memory, FileChannel.open(process.resolve("pagemap")));
        } catch (IOException e) {
            memory.close();
            throw e;
        }
    }

    /**
     * Pages that follow each other.
     *
     * @param first number of the first one, counted from where the search began
     * @param count how many, at least 1
     */
    public record Run(int first, int count) {}

    /**
     * The pages of a private mapping that are the process's own: written to since it was made. In a mapping of no file
     * that is every page that was ever written, and some that were only read.
     */
    public List<Run> own(long address, long length) throws IOException {
        List<Run> runs = new ArrayList<>();
        ByteBuffer entries = ByteBuffer.allocateDirect(ENTRIES * ENTRY).order(ByteOrder.nativeOrder());
        int pages = Math.toIntExact(length / PAGE);
        int begin = -1;
        for (int page = 0; page < pages; ) {
            entries.clear().limit(Math.min(ENTRIES, pages - page) * ENTRY);
            fill(pagemap, entries, (address / PAGE + page) * ENTRY);
            entries.flip();
            while (entries.hasRemaining()) {
                long entry = entries.getLong();
                boolean own = (entry & (PRESENT | SWAPPED)) != 0 && (entry & OF_FILE) == 0;
                if (own && begin < 0) {
                    begin = page;
                } else if (!own && begin >= 0) {
                    runs.add(new Run(begin, page - begin));
                    begin = -1;
                }
                page++;
            }
        }
        if (begin >= 0) {
            runs.add(new Run(begin, pages - begin));
        }
        return List.copyOf(runs);
    }

    /** Reads from an address until the buffer is full. */
    public void read(long address, ByteBuffer target) throws IOException {
        fill(memory, target, address);
    }

    /** Writes to an address all that the buffer holds. The process must not run code that is there. */
    public void write(long address, ByteBuffer source) throws IOException {
        long at = address;
        while (source.hasRemaining()) {
            at += memory.write(source, at);
        }
    }

    private static void fill(FileChannel channel, ByteBuffer target, long from) throws IOException {
        long at = from;
        while (target.hasRemaining()) {
            int n = channel.read(target, at);
            if (n <= 0) {
                throw new IOException("the process's memory ends at 0x" + Long.toHexString(at) + "; has it ended?");
            }
            at += n;
        }
    }

    @Override
    public void close() throws IOException {
        try (memory) {
            pagemap.close();
        }
    }
}
