package dev.execlaw.http;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventLog;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Serves the event stream. Each viewer has the virtual thread of its request, reads the log at its own pace and blocks
 * nobody when it is slow; one that takes nothing for the idle timeout is cut.
 */
final class EventStreams {

    private static final int BATCH = 256;
    private static final long MILLISECOND = 1_000_000;

    /** A viewer looks this often whether the server stops. */
    private static final Duration LOOK_UP = Duration.ofSeconds(1);

    private final EventLog log;
    private final HttpSettings settings;
    private final InstantSource clock;
    private final EventFrames frames = new EventFrames();
    private final Places places;

    /** Places for viewers of streams of any kind. Any thread may use it. */
    static final class Places {

        private final int all;
        private final Semaphore free;

        /** Set once, by the thread that stops the server. */
        private volatile boolean closed;

        Places(int all) {
            this.all = all;
            this.free = new Semaphore(all);
        }

        /** Takes one; refuses when there is none. */
        void take() {
            if (!free.tryAcquire()) {
                throw new ProblemException(
                        ErrorCode.RATE_LIMIT,
                        "All " + all + " event streams are in use.",
                        "Close other viewers; one stream carries all sessions. The limit is limits.streams in the"
                                + " configuration.");
            }
        }

        void leave() {
            free.release();
        }

        int taken() {
            return all - free.availablePermits();
        }

        /** Whether the server stops. */
        boolean closed() {
            return closed;
        }
    }

    EventStreams(EventLog log, HttpSettings settings, InstantSource clock) {
        this.log = log;
        this.settings = settings;
        this.clock = clock;
        this.places = new Places(settings.streams());
    }

    /** How many viewers there are. */
    int open() {
        return places.taken();
    }

    /** The places, for streams of another kind. */
    Places places() {
        return places;
    }

    /** Ends all streams within a second; viewers come again. */
    void close() {
        places.closed = true;
    }

    /** Serves one viewer until it goes or the server stops. */
    void serve(Call call, Request request, Response response, Callback callback)
            throws IOException, InterruptedException {
        Optional<Long> wanted = position(call, request);
        places.take();
        try {
            EventText.begin(response);
            pump(begin(wanted, response), response);
        } finally {
            places.leave();
        }
        response.write(true, ByteBuffer.allocate(0), callback);
    }

    /** Where the viewer was: what its browser remembers counts more than the URL, which stays that of its first visit. */
    private static Optional<Long> position(Call call, Request request) {
        String last = request.getHeaders().get("Last-Event-ID");
        return last == null || last.isEmpty()
                ? call.number("after", 0, Long.MAX_VALUE)
                : Optional.of(Call.number("Last-Event-ID", last, 0, Long.MAX_VALUE));
    }

    private long begin(Optional<Long> wanted, Response response) throws IOException {
        long head = log.head();
        boolean lost = wanted.isPresent() && wanted.get() > head;
        long cursor = lost ? head : wanted.orElse(head);
        if (lost) {
            send(response, EventFrames.resync(head));
        }
        send(response, EventFrames.firstHeartbeat(clock.instant(), cursor, head));
        return cursor;
    }

    private void pump(long start, Response response) throws IOException, InterruptedException {
        long cursor = start;
        long beat = System.nanoTime() + settings.heartbeat().toNanos();
        while (!places.closed()) {
            List<Event> batch = log.after(cursor, BATCH);
            if (!batch.isEmpty()) {
                send(response, frames.of(batch));
                cursor = batch.getLast().cursor();
            }
            long left = beat - System.nanoTime();
            if (left <= 0) {
                send(response, EventFrames.heartbeat(clock.instant(), cursor));
                beat = System.nanoTime() + settings.heartbeat().toNanos();
            } else if (batch.isEmpty()) {
                // Never less than a millisecond: a log that waits in milliseconds would have us spin up to the
                // heartbeat.
                long wait = Math.clamp(left, MILLISECOND, LOOK_UP.toNanos());
                log.await(cursor, Duration.ofNanos(wait));
            }
        }
    }

    private static void send(Response response, ByteBuffer bytes) throws IOException {
        Content.Sink.write(response, false, bytes);
    }
}
