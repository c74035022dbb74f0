package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Tells at once when a file was written or a directory got an entry (inotify(7)), for the whole process on one platform
 * thread. Listeners run on that thread: they must be short and must not throw. Unlike the JDK's WatchService it watches
 * single files and adds no delay of its own.
 */
public final class Inotify {

    private static final int IN_CLOEXEC = 0x80000;
    private static final int IN_MODIFY = 0x2;
    private static final int IN_MOVED_TO = 0x80;
    private static final int IN_CREATE = 0x100;
    private static final int IN_Q_OVERFLOW = 0x4000;
    private static final int EVENT_SIZE = 16;
    private static final int BUFFER = 64 * 1024;

    private static final Inotify SHARED = create();

    private final int fd;
    private final Map<Integer, List<Runnable>> listeners = new ConcurrentHashMap<>();

    private Inotify(int fd) {
        this.fd = fd;
    }

    private static Inotify create() {
        try {
            Inotify inotify = new Inotify((int) Errno.check(Libc.inotifyInit1(IN_CLOEXEC), "inotify_init1"));
            Thread.ofPlatform().name("inotify").daemon(true).start(inotify::loop);
            return inotify;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Calls the listener after each write to the file (several writes may give one call). */
    public static Watch written(Path file, Runnable listener) throws IOException {
        return SHARED.watch(file, IN_MODIFY, listener);
    }

    /** Calls the listener when the directory got a new entry. */
    public static Watch created(Path directory, Runnable listener) throws IOException {
        return SHARED.watch(directory, IN_CREATE | IN_MOVED_TO, listener);
    }

    private synchronized Watch watch(Path path, int mask, Runnable listener) throws IOException {
        int id = (int) Errno.check(Libc.inotifyAddWatch(fd, path.toString(), mask), "inotify_add_watch " + path);
        listeners.computeIfAbsent(id, key -> new CopyOnWriteArrayList<>()).add(listener);
        return () -> close(id, listener);
    }

    private synchronized void close(int id, Runnable listener) {
        List<Runnable> left = listeners.get(id);
        if (left != null && left.remove(listener) && left.isEmpty()) {
            listeners.remove(id);
            // The file may be gone, and its watch with it: then the answer is EINVAL, and that is fine.
            Libc.inotifyRmWatch(fd, id);
        }
    }

    private void loop() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER);
            while (true) {
                long n = Libc.read(fd, buffer, BUFFER);
                for (long at = 0; at + EVENT_SIZE <= n; at += EVENT_SIZE + buffer.get(ValueLayout.JAVA_INT, at + 12)) {
                    dispatch(buffer.get(ValueLayout.JAVA_INT, at), buffer.get(ValueLayout.JAVA_INT, at + 4));
                }
            }
        }
    }

    private void dispatch(int id, int mask) {
        if ((mask & IN_Q_OVERFLOW) != 0) {
            listeners.values().forEach(all -> all.forEach(Runnable::run));
            return;
        }
        listeners.getOrDefault(id, List.of()).forEach(Runnable::run);
    }

    /** Ends one listener's calls; a call that is under way may still finish. */
    @FunctionalInterface
    public interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
