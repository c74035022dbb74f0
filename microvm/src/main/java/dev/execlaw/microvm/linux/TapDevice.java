package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A TAP device, held by a descriptor (Documentation/networking/tuntap.rst of Linux). Until {@link #persist} it vanishes
 * with the descriptor, so that a half-made one cannot stay behind. One thread at a time.
 */
public final class TapDevice implements AutoCloseable {

    private static final String TUN = "/dev/net/tun";
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;

    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNSETPERSIST = 0x400454cbL;
    private static final long TUNSETOWNER = 0x400454ccL;
    private static final long TUNSETGROUP = 0x400454ceL;
    private static final int IFF_TAP = 0x0002;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final int IFF_TUN_EXCL = 0x8000;

    private static final int IFNAMSIZ = 16;
    private static final int SIZEOF_IFREQ = 40;

    private final String name;
    private final int fd;
    private boolean open = true;

    private TapDevice(String name, int fd) {
        this.name = name;
        this.fd = fd;
    }

    /** Whether this process may open the device that TAP devices are made through; throws what is in the way. */
    public static void probe() throws IOException {
        Libc.close(openTun());
    }

    /** Makes a device; empty when there is one of that name, of whatever kind. */
    public static Optional<TapDevice> create(String name) throws IOException {
        return join(name, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL);
    }

    /** Takes hold of a device that is there; empty when another process holds it. */
    public static Optional<TapDevice> join(String name) throws IOException {
        return join(name, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
    }

    private static Optional<TapDevice> join(String name, int flags) throws IOException {
        if (name.isEmpty() || name.length() >= IFNAMSIZ) {
            throw new IllegalArgumentException("device name \"" + name + "\" is not of 1 to 15 characters");
        }
        int fd = openTun();
        int result;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(SIZEOF_IFREQ);
            request.setString(0, name, StandardCharsets.US_ASCII);
            request.set(ValueLayout.JAVA_SHORT, IFNAMSIZ, (short) flags);
            result = Libc.ioctl(fd, TUNSETIFF, request.address());
        }
        if (result < 0) {
            Libc.close(fd);
            if (result == -Errno.EBUSY) {
                return Optional.empty();
            }
        }
        Errno.check(result, "ioctl TUNSETIFF " + name);
        return Optional.of(new TapDevice(name, fd));
    }

    /** Says who may open it without privileges: both must be theirs. Unless said, everyone may. */
    public void owner(int uid, int gid) throws IOException {
        set(TUNSETOWNER, uid, "TUNSETOWNER");
        set(TUNSETGROUP, gid, "TUNSETGROUP");
    }

    /** Makes it stay when the descriptor is closed. */
    public void persist() throws IOException {
        set(TUNSETPERSIST, 1, "TUNSETPERSIST");
    }

    /** Makes it vanish when the descriptor is closed. */
    public void discard() throws IOException {
        set(TUNSETPERSIST, 0, "TUNSETPERSIST");
    }

    private void set(long request, long value, String what) throws IOException {
        Errno.check(Libc.ioctl(fd, request, value), "ioctl " + what + " " + name);
    }

    private static int openTun() throws IOException {
        return (int) Errno.check(Libc.open(TUN, O_RDWR | O_CLOEXEC, 0), "open " + TUN);
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            Libc.close(fd);
        }
    }
}
