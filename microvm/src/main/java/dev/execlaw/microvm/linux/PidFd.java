package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A process by a descriptor that stays with it, whatever happens to its number (pidfd_open(2)). */
public final class PidFd implements AutoCloseable {

    private static final long SYS_PIDFD_SEND_SIGNAL = 424;
    private static final long SYS_PIDFD_OPEN = 434;

    private final long pid;
    private final int fd;
    private boolean open = true;
    private @Nullable CompletableFuture<Void> ended;

    private PidFd(long pid, int fd) {
        this.pid = pid;
        this.fd = fd;
    }

    /** Opens the process that has this number now; empty when there is none. */
    public static Optional<PidFd> open(long pid) throws IOException {
        long result = Libc.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0);
        if (result == -Errno.ESRCH || result == -Errno.EINVAL) {
            return Optional.empty();
        }
        return Optional.of(new PidFd(pid, (int) Errno.check(result, "pidfd_open " + pid)));
    }

    /** Sends a signal. False when the process is dead and reaped. */
    public boolean signal(int number) throws IOException {
        long result = Libc.syscall(SYS_PIDFD_SEND_SIGNAL, fd, number, 0, 0);
        if (result == -Errno.ESRCH) {
            return false;
        }
        Errno.check(result, "pidfd_send_signal " + pid + " " + number);
        return true;
    }

    /** Completes when the process has ended, also when it is not our child. Callbacks must not block. */
    public synchronized CompletableFuture<Void> ended() throws IOException {
        if (ended == null) {
            ended = Readiness.SHARED.await(fd, Readiness.EPOLLIN);
        }
        return ended.copy();
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            if (ended != null) {
                ended.cancel(false);
            }
            Libc.close(fd);
        }
    }
}
