package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Holds a TAP device as a VMM does, and carries its frames to and from a device of another namespace. */
public final class TestWire implements AutoCloseable {

    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final long TUNSETIFF = 0x400454caL;
    private static final short TAP_NO_PI_VNET_HDR = 0x5002;
    private static final int LARGEST = 70_000;

    private final int host;
    private final int guest;
    private final Thread up;
    private final Thread down;
    private volatile boolean closed;
    private volatile CompletableFuture<Void> upReady = new CompletableFuture<>();
    private volatile CompletableFuture<Void> downReady = new CompletableFuture<>();

    /** Opens a device of the thread's own namespace and one that is made in the other. */
    public TestWire(String device, TestNamespace namespace, String guestDevice) throws Exception {
        host = open(device);
        guest = namespace.in(() -> open(guestDevice));
        up = Thread.ofPlatform().daemon(true).name("wire-up-" + device).start(() -> pump(guest, host, true));
        down = Thread.ofPlatform().daemon(true).name("wire-down-" + device).start(() -> pump(host, guest, false));
    }

    private static int open(String device) throws IOException {
        int fd = (int) Errno.check(Libc.open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC, 0), "open tun");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(40);
            request.setString(0, device, StandardCharsets.US_ASCII);
            request.set(ValueLayout.JAVA_SHORT, 16, TAP_NO_PI_VNET_HDR);
            Errno.check(Libc.ioctl(fd, TUNSETIFF, request.address()), "ioctl TUNSETIFF " + device);
        }
        return fd;
    }

    private void pump(int from, int to, boolean upwards) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(LARGEST);
            while (!closed) {
                long length = Libc.read(from, buffer, LARGEST);
                if (length == -Errno.EAGAIN) {
                    await(from, upwards);
                } else if (length > 0) {
                    // Lost when it cannot be written: the far device may be down, as a cable may be out.
                    Libc.write(to, buffer, length);
                } else {
                    return;
                }
            }
        } catch (IOException | InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (CancellationException e) {
            if (!closed) {
                throw e;
            }
        }
    }

    private void await(int fd, boolean upwards) throws IOException, InterruptedException, ExecutionException {
        CompletableFuture<Void> ready = Readiness.SHARED.await(fd, Readiness.EPOLLIN);
        if (upwards) {
            upReady = ready;
        } else {
            downReady = ready;
        }
        if (closed) {
            ready.cancel(false);
        }
        ready.get();
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        upReady.cancel(false);
        downReady.cancel(false);
        up.join();
        down.join();
        Libc.close(host);
        Libc.close(guest);
    }
}
