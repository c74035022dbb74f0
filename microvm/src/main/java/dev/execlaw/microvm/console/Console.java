package dev.execlaw.microvm.console;

import java.io.IOException;
import java.time.Duration;

/**
 * A guest's serial line. What the guest wrote is a stream of bytes with offsets from 0, kept in an append-only file;
 * old parts are given up (holes punched) but offsets never change. Any thread may use it; viewers read at their own
 * pace and cannot slow the guest or each other.
 */
public interface Console {

    /** The oldest offset that can still be read. */
    long begin();

    /** The offset after the last byte written so far. */
    long end();

    /** Sends bytes to the guest, whole and not interleaved with other writers. */
    void write(byte[] bytes) throws IOException;

    /** The last {@code max} bytes, escape sequences removed, for error messages. */
    String tail(int max);

    /**
     * Opens a reader at {@code offset}; an offset that is no longer kept starts at {@link #begin()} and shows in
     * {@link Reader#offset()}.
     */
    Reader reader(long offset) throws IOException;

    /** One viewer's place in the stream. Used by one thread. */
    interface Reader extends AutoCloseable {

        /** Offset of the next byte. Jumps ahead when the reader was too slow and bytes were given up. */
        long offset();

        /**
         * Reads what is there, waiting up to {@code wait} for the first byte.
         *
         * @return number of bytes, 0 when none came in time, -1 when the console has ended and all was read
         */
        int read(byte[] buffer, Duration wait) throws IOException, InterruptedException;

        @Override
        void close();
    }
}
