package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Waits for descriptors of any number on one platform thread (epoll(7)): a blocking call on a virtual thread would hold
 * its carrier. Futures complete on that thread, so their callbacks must not block.
 */
final class Readiness {

    static final int EPOLLIN = 1;
    static final int EPOLLOUT = 4;

    static final Readiness SHARED = create();

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLLONESHOT = 1 << 30;
    private static final int MAX_EVENTS = 64;

    /** {@code struct epoll_event} is packed on x86-64 only. */
    private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

    private static final long DATA = PACKED ? 4 : 8;
    private static final long SIZE = PACKED ? 12 : 16;

    private final int epfd;
    private final AtomicLong keys = new AtomicLong();
    private final Map<Long, Wait> waits = new ConcurrentHashMap<>();

    private Readiness(int epfd) {
        this.epfd = epfd;
    }

    private static Readiness create() {
        try {
            Readiness readiness = new Readiness((int) Errno.check(Libc.epollCreate1(EPOLL_CLOEXEC), "epoll_create1"));
            Thread.ofPlatform().name("readiness").daemon(true).start(readiness::loop);
            return readiness;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Completes once when the descriptor is ready. Cancel it before closing the descriptor. */
    CompletableFuture<Void> await(int fd, int events) throws IOException {
        long key = keys.incrementAndGet();
        Wait wait = new Wait(fd, new CompletableFuture<>());
        waits.put(key, wait);
        var _ = wait.ready().whenComplete((done, failure) -> forget(key));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(SIZE);
            event.set(ValueLayout.JAVA_INT_UNALIGNED, 0, events | EPOLLONESHOT);
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA, key);
            int result = Libc.epollCtl(epfd, EPOLL_CTL_ADD, fd, event);
            if (result < 0) {
                waits.remove(key);
                Errno.check(result, "epoll_ctl ADD");
            }
        }
        return wait.ready();
    }

    private void finish(long key) {
        // Out of the set before anyone hears of it: a callback may close the descriptor, and its number be used again.
        Wait wait = forget(key);
        if (wait != null) {
            wait.ready().complete(null);
        }
    }

    private @Nullable Wait forget(long key) {
        Wait wait = waits.remove(key);
        if (wait != null) {
            Libc.epollCtl(epfd, EPOLL_CTL_DEL, wait.fd(), MemorySegment.NULL);
        }
        return wait;
    }

    private void loop() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = arena.allocate(SIZE * MAX_EVENTS);
            while (true) {
                int n = Libc.epollWait(epfd, events, MAX_EVENTS, -1);
                for (int i = 0; i < n; i++) {
                    finish(events.get(ValueLayout.JAVA_LONG_UNALIGNED, i * SIZE + DATA));
                }
            }
        }
    }

    private record Wait(int fd, CompletableFuture<Void> ready) {}
}
