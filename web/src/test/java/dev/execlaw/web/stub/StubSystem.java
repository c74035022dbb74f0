package dev.execlaw.web.stub;

import java.util.List;
import java.util.Map;

/** What the server says of its network. */
final class StubSystem {

    private StubSystem() {}

    static Map<String, Object> network(boolean user) {
        return Map.of(
                "mode",
                user ? "user" : "tap",
                "reason",
                user ? "the server may not make network cards (no CAP_NET_ADMIN)" : "root, nftables 1.0.6",
                "prefix",
                "10.200.0.0/16",
                "obstacles",
                user
                        ? List.of(
                                "No CAP_NET_ADMIN: start the server as root, or give it the capability.",
                                "nft is missing: install the package nftables.")
                        : List.of());
    }

    static String isolation(boolean user) {
        return user
                ? "Machines reach their gateway and nothing else."
                : "Machines have network cards of their own and reach neither each other nor this host.";
    }
}
