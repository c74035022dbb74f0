package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.linux.OpenFile;
import java.io.IOException;
import java.io.Serial;
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
import org.jspecify.annotations.Nullable;

/**
 * A connection to the program in the guest that listens at the wake-up port: one of vsock, by Firecracker's Unix socket
 * on the host (docs/vsock.md there). Used by one thread at a time.
 */
final class WakeSocket implements ByteChannel {

    /** Where the program in the guest listens. */
    static final int PORT = 1;

    private static final byte[] CONNECT = ("CONNECT " + PORT + "\n").getBytes(StandardCharsets.US_ASCII);
    private static final String OK = "OK ";
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
        RefusedException refused = null;
        while (refused == null || System.nanoTime() + RETRY_NANOS < until) {
            if (refused != null) {
                // Nothing tells when somebody listens there.
                LockSupport.parkNanos(RETRY_NANOS);
            }
            WakeSocket connection = new WakeSocket(SocketChannel.open(StandardProtocolFamily.UNIX));
            try {
                connection.connect(socket);
                connection.ask();
                if (paused || connection.answered(until)) {
                    return connection;
                }
                connection.close();
                break;
            } catch (RefusedException e) {
                connection.close();
                refused = e;
            } catch (IOException e) {
                connection.close();
                throw e;
            }
        }
        String what = refused == null ? "did not answer; is the guest stuck?" : "was refused: " + refused.getMessage();
        throw new IOException(
                "vsock port " + PORT + " of the guest, within " + deadline.toMillis() + " ms: " + what, refused);
    }

    private void connect(HostPath socket) throws IOException {
        try (OpenFile place = OpenFile.place(socket.path().resolveSibling(""))) {
            // By a name that fits a socket address, however deep the jail is.
            channel.connect(UnixDomainSocketAddress.of(
                    place.alias(socket.path().getFileName().toString())));
        } catch (IOException e) {
            throw new IOException("cannot connect to " + socket + ": " + e.getMessage(), e);
        }
    }

    /** In one piece: a line that comes in two is dropped without a word. */
    private void ask() throws RefusedException {
        try {
            if (channel.write(ByteBuffer.wrap(CONNECT)) == CONNECT.length) {
                return;
            }
        } catch (IOException e) {
            throw new RefusedException(e);
        }
        throw new IllegalStateException("a fresh socket does not take " + CONNECT.length + " bytes at once");
    }

    /** False when there was no answer until then. */
    private boolean answered(long until) throws IOException {
        channel.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_READ);
            while (!greeted()) {
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                selector.select(left);
                take();
            }
        }
        channel.configureBlocking(true);
        return true;
    }

    private boolean greeted() {
        return !answer.isEmpty() && answer.charAt(answer.length() - 1) == '\n';
    }

    /** Reads the answer as far as it has come, byte by byte: what follows it is the guest's. */
    private void take() throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        while (!greeted()) {
            int n = readOne(one.clear());
            if (n == 0) {
                return;
            }
            if (n < 0) {
                throw new RefusedException(null);
            }
            answer.append((char) (one.get(0) & 0xff));
            boolean fits =
                    answer.length() <= LONGEST_ANSWER && (answer.indexOf(OK) == 0 || OK.startsWith(answer.toString()));
            if (!fits) {
                throw new IOException("no answer of Firecracker's: \"" + answer + "\"");
            }
        }
    }

    private int readOne(ByteBuffer one) throws IOException {
        try {
            return channel.read(one);
        } catch (SocketException e) {
            throw new RefusedException(e);
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        while (!greeted()) {
            take();
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

    /** The connection was closed instead of answered: all that is told of a refusal. */
    private static final class RefusedException extends IOException {

        @Serial
        private static final long serialVersionUID = 1;

        RefusedException(@Nullable IOException cause) {
            super("nobody listens there; has its image the wake-up program?", cause);
        }
    }
}
