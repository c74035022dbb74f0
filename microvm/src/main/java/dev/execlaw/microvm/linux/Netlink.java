package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A netlink socket for questions that the kernel answers at once (netlink(7)): when the question is sent, the answer is
 * there. One thread at a time.
 */
public final class Netlink implements AutoCloseable {

    /** Protocol of packet filters. */
    public static final int NETLINK_NETFILTER = 12;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSGHDR = 16;
    private static final int LARGEST = 32 * 1024;

    private final int fd;
    private boolean open = true;

    private Netlink(int fd) {
        this.fd = fd;
    }

    /** Opens a socket of that protocol. */
    public static Netlink open(int protocol) throws IOException {
        int fd = Libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
        return new Netlink((int) Errno.check(fd, "socket AF_NETLINK " + protocol));
    }

    /**
     * Asks.
     *
     * @param message with its header, in the byte order of the host
     * @param what said in an error
     * @return the answer with its header
     * @throws Errno what the kernel answered instead
     */
    public byte[] ask(byte[] message, String what) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment question = arena.allocateFrom(ValueLayout.JAVA_BYTE, message);
            Errno.check(Libc.send(fd, question, message.length, 0), "send " + what);
            MemorySegment buffer = arena.allocate(LARGEST);
            int length = (int) Errno.check(Libc.recv(fd, buffer, LARGEST, MSG_DONTWAIT), "recv " + what);
            if (length >= NLMSGHDR + 4 && buffer.get(ValueLayout.JAVA_SHORT, 4) == NLMSG_ERROR) {
                Errno.check(buffer.get(ValueLayout.JAVA_INT, NLMSGHDR), what);
            }
            return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            Libc.close(fd);
        }
    }
}
