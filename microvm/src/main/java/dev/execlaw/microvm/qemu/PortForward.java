package dev.execlaw.microvm.qemu;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP port of the guest on the host's loopback, through QEMU's user-mode network ({@code hostfwd}, which
 * {@code restrict=on} does not touch). QEMU takes a free port of the host and is asked which: nothing is kept here, so
 * an adopted machine is asked in the same way.
 */
record PortForward(String guest, int port) {

    private static final String DEVICE = "net0";
    private static final Pattern LINE =
            Pattern.compile("TCP\\[HOST_FORWARD]\\s+\\d+\\s+127\\.0\\.0\\.1\\s+(\\d{1,5})\\s+(\\S+)\\s+(\\d{1,5})\\s");

    PortForward {
        Objects.requireNonNull(guest, "guest");
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not within 1 to 65535");
        }
    }

    /** QEMU's monitor for humans: one line in, its whole answer out. */
    @FunctionalInterface
    interface Monitor {
        String tell(String line) throws QmpException;
    }

    /** Where the port is reached; it is forwarded now if it was not. */
    Optional<InetSocketAddress> through(Monitor monitor) throws QmpException {
        Optional<InetSocketAddress> known = find(monitor.tell("info usernet"));
        if (known.isPresent()) {
            return known;
        }
        String answer = monitor.tell("hostfwd_add " + DEVICE + " tcp:127.0.0.1:0-" + guest + ":" + port)
                .strip();
        if (!answer.isEmpty()) {
            throw new QmpException("QEMU refused: " + answer);
        }
        return find(monitor.tell("info usernet"));
    }

    private Optional<InetSocketAddress> find(String table) {
        Matcher line = LINE.matcher(table);
        while (line.find()) {
            if (line.group(2).equals(guest) && Integer.parseInt(line.group(3)) == port) {
                return Optional.of(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(line.group(1))));
            }
        }
        return Optional.empty();
    }
}
