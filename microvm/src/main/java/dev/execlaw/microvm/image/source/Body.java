package dev.execlaw.microvm.image.source;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, read by one thread with a limit on silence: the HTTP client's own streams block for ever when
 * a server stops in the middle. At most one delivery waits unread.
 */
final class Body implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {

    private sealed interface Item {
        record Buffers(List<ByteBuffer> buffers) implements Item {}

        record End(@Nullable Throwable error) implements Item {}
    }

    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private final Duration idle;
    // Set by the client's thread before the first item, read by ours after it.
    private volatile Flow.@Nullable Subscription subscription;
    private volatile boolean closed;
    private List<ByteBuffer> current = List.of();
    private int next;
    private boolean ended;

    Body(Duration idle) {
        this.idle = idle;
    }

    /** The next bytes, or empty at the end. */
    Optional<ByteBuffer> read(Duration atMost) throws IOException, InterruptedException {
        while (next == current.size()) {
            if (ended) {
                return Optional.empty();
            }
            Duration wait = atMost.compareTo(idle) < 0 ? atMost : idle;
            switch (items.poll(Math.max(0, wait.toNanos()), TimeUnit.NANOSECONDS)) {
                case null -> throw new HttpTimeoutException("not a byte came for " + wait.toMillis() + " ms");
                case Item.Buffers(List<ByteBuffer> buffers) -> {
                    current = buffers;
                    next = 0;
                    request();
                }
                case Item.End(Throwable error) -> {
                    ended = true;
                    if (error != null) {
                        throw new IOException("the answer broke off: " + error.getMessage(), error);
                    }
                }
            }
        }
        return Optional.of(current.get(next++));
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (closed) {
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        items.add(new Item.Buffers(buffers));
    }

    @Override
    public void onError(Throwable error) {
        items.add(new Item.End(error));
    }

    @Override
    public void onComplete() {
        items.add(new Item.End(null));
    }

    @Override
    public void close() {
        closed = true;
        Flow.Subscription open = subscription;
        if (open != null) {
            open.cancel();
        }
    }

    private void request() {
        Flow.Subscription open = subscription;
        if (open != null) {
            open.request(1);
        }
    }
}
