package dev.execlaw.microvm.network;

import dev.execlaw.microvm.process.Account;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network with nobody in it: a slot's TAP device in a network namespace of its own, whose only other device is the
 * loopback, which is down. Nothing of the host's network is touched, and all of it goes with the process.
 */
public final class TapEnclosure {

    private static final String ENCLOSE = """
            set -eu
            PATH=$PATH:/usr/sbin:/sbin
            ip tuntap add dev "$1" mode tap vnet_hdr user "$2" group "$3" >&2
            ip link set dev "$1" up >&2
            shift 3
            exec "$@"
            """;

    private TapEnclosure() {}

    /**
     * What goes before a command line that is to run there; it becomes that command without a change of process.
     *
     * @param owner who may open the device; null for root
     */
    public static List<String> before(Slot slot, @Nullable Account owner) {
        return List.of(
                "unshare",
                "--net",
                "--",
                "sh",
                "-c",
                ENCLOSE,
                "sh",
                slot.tap(),
                String.valueOf(owner == null ? 0 : owner.uid()),
                String.valueOf(owner == null ? 0 : owner.gid()));
    }
}
