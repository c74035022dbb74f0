package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.linux.ProcessMemory;
import dev.execlaw.microvm.linux.ProcessMemory.Run;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A file of changed memory: {@value #MAGIC}, the length of the whole memory, then pieces, each the number of its first
 * page, the number of its pages and their content; a piece from {@value #END} ends it, with the number of all pages and
 * the CRC-32C of all that was before. Numbers are big-endian, of 4 bytes but for the length and the sum, of 8.
 */
final class PageFile {

    private static final long MAGIC = 0x455845434c415750L;
    private static final int END = -1;
    private static final int PAGE = ProcessMemory.PAGE;
    private static final int PIECE = 8;
    private static final int TAIL = PIECE + Long.BYTES + Integer.BYTES;
    private static final int BUFFER = 1 << 20;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PAGE);

    private PageFile() {}

    /**
     * Writes pages of a process's memory to a new file.
     *
     * @param address where the guest's memory begins
     * @param length of the guest's memory
     * @param zeros whether pages of zeros are written; where all else is zeros they need not be
     */
    static void write(Path file, ProcessMemory memory, long address, long length, List<Run> runs, boolean zeros)
            throws IOException {
        var own = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel =
                FileChannel.open(file, EnumSet.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), own)) {
            Writer writer = new Writer(channel);
            writer.begin(length);
            ByteBuffer pages = ByteBuffer.allocateDirect(BUFFER);
            for (Run run : runs) {
                for (int done = 0; done < run.count(); done += BUFFER / PAGE) {
                    int count = Math.min(BUFFER / PAGE, run.count() - done);
                    int first = run.first() + done;
                    pages.clear().limit(count * PAGE);
                    memory.read(address + (long) first * PAGE, pages);
                    writer.pages(first, pages.flip(), zeros);
                }
            }
            writer.end();
        }
    }

    /**
     * Writes the pages of a file to a process's memory.
     *
     * @throws IOException when the file is not whole or is of a memory of another length; some pages may be written then
     */
    static void load(Path file, ProcessMemory memory, long address, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            new Reader(file, channel).load(memory, address, length);
        }
    }

    /** Puts pieces together to large writes. */
    private static final class Writer {

        private final FileChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER + PIECE + PAGE);
        private final CRC32C sum = new CRC32C();
        private long written;

        Writer(FileChannel channel) {
            this.channel = channel;
        }

        void begin(long length) {
            buffer.putLong(MAGIC).putLong(length);
        }

        void pages(int first, ByteBuffer pages, boolean zeros) throws IOException {
            int count = pages.limit() / PAGE;
            int begin = 0;
            while (begin < count) {
                int end = begin;
                while (end < count && (zeros || !isZero(pages, end))) {
                    end++;
                }
                if (end > begin) {
                    piece(first + begin, pages.slice(begin * PAGE, (end - begin) * PAGE));
                }
                begin = Math.max(end, begin) + (end < count ? 1 : 0);
            }
        }

        private static boolean isZero(ByteBuffer pages, int page) {
            return pages.slice(page * PAGE, PAGE).mismatch(ZEROS.duplicate()) < 0;
        }

        private void piece(int first, ByteBuffer pages) throws IOException {
            room(PIECE);
            buffer.putInt(first).putInt(pages.remaining() / PAGE);
            written += pages.remaining() / PAGE;
            while (pages.hasRemaining()) {
                room(1);
                int n = Math.min(buffer.remaining(), pages.remaining());
                buffer.put(pages.slice(pages.position(), n));
                pages.position(pages.position() + n);
            }
        }

        void end() throws IOException {
            room(TAIL);
            buffer.putInt(END).putInt(0).putLong(written);
            sum.update(buffer.duplicate().flip());
            buffer.putInt((int) sum.getValue());
            drain();
        }

        private void room(int bytes) throws IOException {
            if (buffer.remaining() < bytes) {
                sum.update(buffer.duplicate().flip());
                drain();
            }
        }

        private void drain() throws IOException {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
        }
    }

    /** Reads pieces; believes nothing. */
    private static final class Reader {

        private final Path file;
        private final FileChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER).limit(0);
        private final CRC32C sum = new CRC32C();
        private long read;

        Reader(Path file, FileChannel channel) {
            this.file = file;
            this.channel = channel;
        }

        void load(ProcessMemory memory, long address, long length) throws IOException {
            need(2 * Long.BYTES);
            if (next(Long.BYTES).getLong() != MAGIC) {
                throw broken("does not begin as such a file does");
            }
            long own = next(Long.BYTES).getLong();
            if (own != length) {
                throw broken("is of a memory of " + own + " bytes, not of " + length);
            }
            need(PIECE);
            int first = next(Integer.BYTES).getInt();
            int count = next(Integer.BYTES).getInt();
            while (first != END) {
                if (first < 0 || count < 1 || (first + (long) count) * PAGE > length) {
                    throw broken("has " + count + " pages from page " + first + " on");
                }
                pages(memory, address + (long) first * PAGE, (long) count * PAGE);
                read += count;
                need(PIECE);
                first = next(Integer.BYTES).getInt();
                count = next(Integer.BYTES).getInt();
            }
            end(count);
        }

        private void end(int count) throws IOException {
            need(Long.BYTES + Integer.BYTES);
            long pages = next(Long.BYTES).getLong();
            int expected = (int) sum.getValue();
            if (count != 0 || pages != read || next(Integer.BYTES).getInt() != expected) {
                throw broken("does not add up");
            }
        }

        private void pages(ProcessMemory memory, long address, long length) throws IOException {
            long done = 0;
            while (done < length) {
                need(1);
                int n = (int) Math.min(buffer.remaining(), length - done);
                memory.write(address + done, next(n));
                done += n;
            }
        }

        /** The next bytes, which are there. */
        private ByteBuffer next(int bytes) {
            ByteBuffer part = buffer.slice(buffer.position(), bytes);
            sum.update(part.duplicate());
            buffer.position(buffer.position() + bytes);
            return part;
        }

        private void need(int bytes) throws IOException {
            if (buffer.remaining() >= bytes) {
                return;
            }
            buffer.compact();
            while (buffer.position() < bytes) {
                if (channel.read(buffer) < 0) {
                    throw broken("ends after " + channel.size() + " bytes, in the middle");
                }
            }
            buffer.flip();
        }

        private IOException broken(String how) {
            return new IOException("file " + file + " of changed memory " + how
                    + "; it was not written to its end or was changed, take an earlier one");
        }
    }
}
