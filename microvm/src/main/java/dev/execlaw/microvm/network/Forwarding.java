package dev.execlaw.microvm.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The host's switch for forwarding packets (ip_forward in Documentation/networking/ip-sysctl.rst of Linux). What it was
 * before is written down before it is changed, so that a later process can set it back.
 */
final class Forwarding {

    private static final Path SWITCH = Path.of("/proc/sys/net/ipv4/ip_forward");
    private static final String BEFORE = "ip_forward.before";

    private Forwarding() {}

    /** Switches it on. */
    static void enable(Path state) throws NetworkException {
        try {
            String value = Files.readString(SWITCH).strip();
            if (!value.equals("1")) {
                Files.writeString(state.resolve(BEFORE), value + "\n");
                Files.writeString(SWITCH, "1\n");
            }
        } catch (IOException e) {
            throw new NetworkException(
                    "cannot switch on packet forwarding: " + e.getMessage() + "; run: sysctl -w net.ipv4.ip_forward=1",
                    e);
        }
    }

    /** Sets it back to what it was before {@link #enable} changed it. */
    static void restore(Path state) throws NetworkException {
        Path before = state.resolve(BEFORE);
        try {
            if (Files.exists(before)) {
                Files.writeString(SWITCH, Files.readString(before));
                Files.delete(before);
            }
        } catch (IOException e) {
            throw new NetworkException("cannot set packet forwarding back: " + e.getMessage(), e);
        }
    }
}
