package dev.execlaw.microvm.network;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Addresses that no guest reaches: private, shared, link-local, reserved, multicast, broadcast (RFC 6890). */
final class PrivateRanges {

    private static final List<Destination.Network> ALL = Stream.of(
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "127.0.0.0/8",
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "224.0.0.0/3")
            .map(Destination.Network::parse)
            .toList();

    private PrivateRanges() {}

    /** All of them, and the prefix that slots are cut from, as elements of a set. */
    static String elements(NetworkPrefix prefix) {
        return Stream.concat(ALL.stream().map(Destination.Network::toString), Stream.of(prefix.toString()))
                .collect(Collectors.joining(", "));
    }

    static boolean contain(NetworkPrefix prefix, String address) {
        Destination.Network one = Destination.Network.parse(address);
        return Destination.Network.parse(prefix.toString()).contains(one)
                || ALL.stream().anyMatch(range -> range.contains(one));
    }
}
