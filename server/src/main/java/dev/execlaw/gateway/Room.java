package dev.execlaw.gateway;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The memory that guests' requests may take while they are served. What a request takes is guessed from its bytes, as
 * many small values take a multiple of their text. One session alone may have any request that is allowed at all; several
 * requests of one session share a quarter of the whole. Who finds no room waits, and is refused after a while. Any thread
 * may use it.
 */
public final class Room {

    /** What a value in a tree takes, with its copy for the provider: an object of one field. */
    private static final int VALUE = 128;
    /** The body, its texts, and the body that goes to the provider. */
    private static final int COPIES = 3;

    private static final int SHARE = 4;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final long whole;
    private final Duration patience;
    private final Map<String, Share> shares = new HashMap<>();
    private long taken;

    /**
     * An empty one.
     *
     * @param whole bytes
     * @param patience how long a request waits for others to go
     */
    Room(long whole, Duration patience) {
        this.whole = whole;
        this.patience = patience;
    }

    /** Bytes that it must have for a body of this length to be served, if it is mostly text. */
    public static long least(int body) {
        return (COPIES + 1L) * body;
    }

    /** What all requests take by now. */
    long taken() {
        lock.lock();
        try {
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** A request of this session begins; it holds nothing yet. */
    Held enter(String session) {
        lock.lock();
        try {
            shares.computeIfAbsent(session, _ -> new Share()).requests++;
        } finally {
            lock.unlock();
        }
        return new Held(session);
    }

    /** What one session's requests hold. */
    private static final class Share {
        private int requests;
        private long bytes;
    }

    /** What one request holds. Of its thread. */
    final class Held implements AutoCloseable {

        private final String session;
        private long bytes;

        private Held(String session) {
            this.session = session;
        }

        /** More of its body came. */
        void body(int length) throws GuestError, InterruptedException {
            take((long) COPIES * length);
        }

        /** Its body is whole and is to be read as JSON. */
        void tree(byte[] body) throws GuestError, InterruptedException {
            take(VALUE * values(body));
        }

        private void take(long more) throws GuestError, InterruptedException {
            if (bytes + more > whole) {
                throw new GuestError(
                        413,
                        "body_too_complex",
                        "the body would take some " + ((bytes + more) >> 20) + " MiB to read; the limit is "
                                + (whole >> 20) + " MiB: send fewer values");
            }
            long left = patience.toNanos();
            lock.lockInterruptibly();
            try {
                while (!fits(more)) {
                    if (left <= 0) {
                        throw new GuestError(
                                429,
                                "no_room",
                                "there was no memory for this request within " + patience.toMillis()
                                        + " ms; send it again, or fewer at once");
                    }
                    left = changed.awaitNanos(left);
                }
                bytes += more;
                taken += more;
                share().bytes += more;
            } finally {
                lock.unlock();
            }
        }

        private boolean fits(long more) {
            Share own = share();
            return taken + more <= whole && (own.bytes == bytes || own.bytes + more <= whole / SHARE);
        }

        private Share share() {
            return shares.computeIfAbsent(session, _ -> new Share());
        }

        @Override
        public void close() {
            lock.lock();
            try {
                Share own = share();
                own.bytes -= bytes;
                taken -= bytes;
                bytes = 0;
                if (--own.requests <= 0) {
                    shares.remove(session);
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Brackets, commas and colons outside of strings: not fewer than there are values. */
    private static long values(byte[] json) {
        long count = 0;
        boolean text = false;
        for (int i = 0; i < json.length; i++) {
            switch (json[i]) {
                case '"' -> text = !text;
                case '\\' -> i += text ? 1 : 0;
                case '{', '[', ',', ':' -> count += text ? 0 : 1;
                default -> {}
            }
        }
        return count;
    }
}
