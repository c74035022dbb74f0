package dev.execlaw.config;

import dev.execlaw.microvm.network.Destination;
import dev.execlaw.microvm.network.NetworkPrefix;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;

/** Section {@code [network]}: how machines reach their gateway and the world. */
public record NetworkConfig(
        @Setting(
                meaning =
                        "How machines are connected: tap (a device and rules of their own on this host; needs root and"
                                + " nftables), user (their gateway and nothing else; needs no privileges), or auto: tap where"
                                + " it works.",
                byDefault = "auto")
        Mode mode,

        @Setting(
                meaning = "The /16 that machines' addresses are taken from; another one where the host uses this.",
                byDefault = "10.200.0.0/16")
        String prefix,

        @Setting(
                meaning = "What a new session's machine reaches beside its gateway: internet, allowlist or none.",
                byDefault = "internet")
        Policy policy,

        @Setting(
                meaning = "Names (example.org, *.example.org) and networks (192.0.2.0/24) for the policy allowlist.",
                byDefault = "")
        List<String> allow,

        @Setting(
                meaning = "Name servers asked for allow-listed names, 0 to 3 addresses. Empty: the host's own.",
                byDefault = "")
        List<String> resolvers) {

    public NetworkConfig {
        allow = List.copyOf(allow);
        resolvers = List.copyOf(resolvers);
        valid("network.prefix", () -> NetworkPrefix.parse(prefix));
        allow.forEach(entry -> valid("network.allow", () -> Destination.parse(entry)));
        resolvers.forEach(entry -> valid("network.resolvers", () -> Destination.parse(entry)));
        if (policy != Policy.ALLOWLIST && !allow.isEmpty()) {
            throw new IllegalArgumentException("network.allow has " + allow.size() + " entries, but network.policy is "
                    + policy.json() + "; it must be allowlist");
        }
        Check.range("the number of network.resolvers", resolvers.size(), 0, 3);
    }

    private static void valid(String key, Supplier<?> check) {
        try {
            Objects.requireNonNull(check.get());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(key + ": " + e.getMessage(), e);
        }
    }

    /** What machines reach beside their gateway. */
    public enum Policy {
        INTERNET,
        ALLOWLIST,
        NONE;

        /** As users see it. */
        public String json() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How machines are connected. */
    public enum Mode {
        AUTO,
        TAP,
        USER
    }
}
