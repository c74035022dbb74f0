package dev.execlaw.microvm.console;

/** The newest bytes of a stream in memory. Guarded by its owner's lock. */
final class Ring {

    private final byte[] bytes;
    private long end;

    /** A ring whose next byte has offset {@code end}. */
    Ring(int size, long end) {
        this.bytes = new byte[size];
        this.end = end;
        this.begin = end;
    }

    private long begin;

    /** Offset of the oldest byte held. */
    long begin() {
        return begin;
    }

    /** Offset after the newest byte. */
    long end() {
        return end;
    }

    void append(byte[] source, int from, int count) {
        for (int done = 0; done < count; ) {
            int at = (int) ((end + done) % bytes.length);
            int n = Math.min(count - done, bytes.length - at);
            System.arraycopy(source, from + done, bytes, at, n);
            done += n;
        }
        end += count;
        begin = Math.max(begin, end - bytes.length);
    }

    /** Copies from {@code offset}, which must be held, as much as there is and fits. */
    int copy(long offset, byte[] target) {
        int count = (int) Math.min(target.length, end - offset);
        for (int done = 0; done < count; ) {
            int at = (int) ((offset + done) % bytes.length);
            int n = Math.min(count - done, bytes.length - at);
            System.arraycopy(bytes, at, target, done, n);
            done += n;
        }
        return count;
    }
}
