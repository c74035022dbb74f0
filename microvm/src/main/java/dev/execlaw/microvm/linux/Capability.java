package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** Privileges of a process, those that something here needs: capabilities(7). */
public enum Capability {
    CHOWN(0),
    SETGID(6),
    SETUID(7),
    NET_ADMIN(12),
    SYS_ADMIN(21),
    MKNOD(27);

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String EFFECTIVE = "CapEff:";

    private final int bit;

    Capability(int bit) {
        this.bit = bit;
    }

    /** Its number, as in linux/capability.h. */
    int bit() {
        return bit;
    }

    /**
     * Those that this process has in effect.
     *
     * @throws IOException when they cannot be read
     */
    public static Set<Capability> effective() throws IOException {
        long mask;
        try {
            mask = Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(EFFECTIVE))
                    .map(line -> Long.parseUnsignedLong(
                            line.substring(EFFECTIVE.length()).strip(), 16))
                    .findFirst()
                    .orElse(0L);
        } catch (NumberFormatException e) {
            throw new IOException("capabilities in " + STATUS + " are no number", e);
        }
        Set<Capability> effective = EnumSet.noneOf(Capability.class);
        for (Capability capability : values()) {
            if ((mask >>> capability.bit & 1) == 1) {
                effective.add(capability);
            }
        }
        return effective;
    }
}
