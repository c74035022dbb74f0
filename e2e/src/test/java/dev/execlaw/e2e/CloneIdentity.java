package dev.execlaw.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * What {@code identity.py} tells of one clone.
 *
 * @param told by name; every clone must have others
 */
record CloneIdentity(Map<String, String> told) {

    private static final int CLOCK_PORT = 9_999;
    private static final int LOOKS = 20;
    private static final int PATIENCE_MS = 20_000;

    /** Asks a session's machine, beside its agent. */
    static CloneIdentity of(Api api, String session) throws IOException {
        try (InputStream program =
                Objects.requireNonNull(CloneIdentity.class.getResourceAsStream("identity.py"), "identity.py")) {
            JsonNode outcome = api.post(
                    "/sessions/" + session + "/exec",
                    api.object()
                            .put("command", "python3 -")
                            .put("stdin", new String(program.readAllBytes(), StandardCharsets.UTF_8)),
                    200);
            if (outcome.path("status").asInt(-1) != 0) {
                throw new AssertionError("session " + session + " does not say who it is: " + outcome);
            }
            return new CloneIdentity(outcome.path("stdout")
                    .asString()
                    .lines()
                    .map(line -> line.split(" ", 2))
                    .collect(Collectors.toMap(words -> words[0], words -> words[1])));
        }
    }

    /** How far its clock is from the host's at least, by the shortest of several round trips. */
    Duration skew() throws IOException {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MS);
            socket.connect(new InetSocketAddress(told.get("address"), CLOCK_PORT), PATIENCE_MS);
            long shortest = Long.MAX_VALUE;
            long skew = 0;
            for (int i = 0; i < LOOKS; i++) {
                long before = now();
                socket.getOutputStream().write('?');
                long guest = number(socket.getInputStream());
                long after = now();
                if (after - before < shortest) {
                    shortest = after - before;
                    skew = Math.max(0, Math.max(before - guest, guest - after));
                }
            }
            return Duration.ofNanos(skew);
        }
    }

    private static long now() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    private static long number(InputStream line) throws IOException {
        long number = 0;
        for (int digit = line.read(); digit != '\n'; digit = line.read()) {
            if (digit < '0' || digit > '9') {
                throw new IOException("the guest's clock says the byte " + digit);
            }
            number = number * 10 + digit - '0';
        }
        return number;
    }
}
