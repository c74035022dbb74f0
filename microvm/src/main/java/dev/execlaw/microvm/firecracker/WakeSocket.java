package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.linux.OpenFile;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A connection to the program in the guest that listens at the wake-up port: one of vsock, by Firecracker's Unix socket
 * on the host (docs/vsock.md there). Used by one thread at a time.
 */
final class WakeSocket implements ByteChannel {

    /** Where the program in the guest listens. */
    static final int PORT = 1;

    private static final byte[] CONNECT = ("CONNECT " + PORT + "\n").getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_ANSWER = 32;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final SocketChannel channel;
    private final StringBuilder answer = new StringBuilder();

    private WakeSocket(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects. While the guest is paused that is answered only when it runs on, so then the answer is awaited by the
     * first read; what is written before waits in the socket.
     *
     * @throws IOException when nobody listened in the guest until the deadline
     */
    static WakeSocket open(HostPath socket, boolean paused, Duration deadline) throws IOException {
        long until = System.nanoTime() + deadline.toNanos();
        while (true) {
            WakeSocket connection = new WakeSocket(SocketChannel.open(StandardProtocolFamily.UNIX));
            boolean connected = false;
            try {
                connection.connect(socket);
                connected = paused || connection.answered(until);
                if (connected) {
                    return connection;
                }
            } finally {
                if (!connected) {
                    connection.close();
                }
            }
            if (System.nanoTime() + RETRY_NANOS > until) {
                throw new IOException("nobody in the guest listened at vsock port " + PORT + " within "
                        + deadline.toMillis() + " ms; does its image have the wake-up program?");
            }
            // Refused by the guest's kernel; nothing tells when somebody listens there.
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    private void connect(HostPath socket) throws IOException {
        try (OpenFile place = OpenFile.place(socket.path().resolveSibling(""))) {
            // By a name that fits a socket address, however deep the jail is.
            channel.connect(UnixDomainSocketAddress.of(
                    place.alias(socket.path().getFileName().toString())));
        } catch (IOException e) {
            throw new IOException("cannot connect to " + socket + ": " + e.getMessage(), e);
        }
        // In one piece: a line that comes in two is dropped without a word.
        if (channel.write(ByteBuffer.wrap(CONNECT)) != CONNECT.length) {
            throw new IOException(socket + " does not take " + CONNECT.length + " bytes at once");
        }
    }

    /** Waits for the answer; false when the connection was closed instead, which is how one is refused. */
    private boolean answered(long until) throws IOException {
        channel.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_READ);
            while (!greeted()) {
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (left <= 0) {
                    throw new IOException("vsock port " + PORT + " of the guest did not answer in time; got \"" + answer
                            + "\"; is the guest stuck?");
                }
                selector.select(left);
                if (take() < 0) {
                    return false;
                }
            }
        } catch (SocketException _) {
            // Reset, which is another way to be closed.
            return false;
        }
        channel.configureBlocking(true);
        return true;
    }

    private boolean greeted() {
        return !answer.isEmpty() && answer.charAt(answer.length() - 1) == '\n';
    }

    /** Reads the answer as far as it has come, byte by byte: what follows it is the guest's. */
    private int take() throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        int n = 1;
        while (!greeted() && (n = channel.read(one.clear())) > 0) {
            answer.append((char) (one.get(0) & 0xff));
            if (answer.length() > LONGEST_ANSWER
                    || !"OK ".startsWith(answer.substring(0, Math.min(3, answer.length())))) {
                throw new IOException("no answer of Firecracker's: \"" + answer + "\"");
            }
        }
        return n;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        while (!greeted()) {
            if (take() < 0) {
                throw new IOException("nobody in the guest listens at vsock port " + PORT);
            }
        }
        return channel.read(target);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return channel.write(source);
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
