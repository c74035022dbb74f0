package dev.execlaw.auth;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reverse proxies whose forwarded headers are believed. Without any, what a client writes into such headers is ignored.
 *
 * @param networks their addresses
 */
public record Proxies(List<Network> networks) {

    public Proxies {
        networks = List.copyOf(networks);
    }

    /** Whether this peer's forwarded headers count. */
    public boolean trust(InetAddress peer) {
        return networks.stream().anyMatch(network -> network.contains(peer));
    }

    /**
     * The client's address: the peer's own, or, when the peer is trusted, the last in {@code X-Forwarded-For} that is
     * not a trusted proxy itself.
     *
     * @param forwardedFor the header's value, several headers joined by commas; null when there is none
     */
    public InetAddress client(InetAddress peer, @Nullable String forwardedFor) {
        InetAddress client = peer;
        if (forwardedFor == null) {
            return client;
        }
        List<String> hops = List.of(forwardedFor.split(","));
        for (String hop : hops.reversed()) {
            if (!trust(client)) {
                return client;
            }
            try {
                client = InetAddress.ofLiteral(hop.strip());
            } catch (IllegalArgumentException _) {
                return client;
            }
        }
        return client;
    }

    /**
     * An address range.
     *
     * @param address first address or any in it
     * @param prefix length of the prefix in bits
     */
    public record Network(InetAddress address, int prefix) {

        public Network {
            int bits = address.getAddress().length * 8;
            if (prefix < 0 || prefix > bits) {
                throw new IllegalArgumentException("prefix length is " + prefix + ", allowed are 0 to " + bits + " for "
                        + address.getHostAddress());
            }
        }

        /**
         * Reads {@code 10.0.0.0/8} or a single address.
         *
         * @throws IllegalArgumentException for anything else; names are not looked up
         */
        public static Network parse(String text) {
            int slash = text.indexOf('/');
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            return new Network(
                    address, slash < 0 ? address.getAddress().length * 8 : Integer.parseInt(text.substring(slash + 1)));
        }

        boolean contains(InetAddress other) {
            byte[] a = address.getAddress();
            byte[] b = other.getAddress();
            if (a.length != b.length) {
                return false;
            }
            for (int bit = 0; bit < prefix; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((a[bit / 8] & mask) != (b[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
