package dev.execlaw.microvm.network;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What a {@link TapNetwork} is to be like.
 *
 * @param prefix what slots are cut from
 * @param gatewayPort TCP port on the gateway's address that every guest reaches
 * @param resolverPort port on the gateway's address where names are resolved for guests with an allow-list; what such a
 *     guest sends to port 53 of any address is led there. Not 53 itself: a DNS server of the host may hold that
 * @param state existing directory for what must be known to undo changes of the host's settings
 * @param nameservers whom to ask for names; those of {@code /etc/resolv.conf} when empty
 */
public record TapSettings(
        NetworkPrefix prefix, int gatewayPort, int resolverPort, Path state, List<InetSocketAddress> nameservers) {

    private static final int GATEWAY_PORT = 8787;
    private static final int RESOLVER_PORT = 8753;

    public TapSettings {
        Objects.requireNonNull(prefix, "prefix");
        Objects.requireNonNull(state, "state");
        port("gateway port", gatewayPort);
        port("resolver port", resolverPort);
        if (gatewayPort == resolverPort) {
            throw new IllegalArgumentException("gateway and resolver have the same port, " + gatewayPort);
        }
        nameservers = List.copyOf(nameservers);
    }

    /** The usual ports, and the host's own name servers. */
    public static TapSettings of(NetworkPrefix prefix, Path state) {
        return new TapSettings(prefix, GATEWAY_PORT, RESOLVER_PORT, state, List.of());
    }

    private static void port(String what, int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException(what + " is " + port + ", allowed are 1 to 65535");
        }
    }
}
