package dev.execlaw.auth;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The names under which this server may be called. A web page of a stranger can make its own name point at this
 * machine (DNS rebinding); then the {@code Host} header still holds the stranger's name. An address in it cannot come
 * about in that way, so loopback addresses, the listen address and, when listening on all interfaces, any literal
 * address are fine.
 */
public final class AllowedHosts {

    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

    private final Set<String> names;
    private final boolean anyAddress;

    /**
     * Allows what the server listens on, loopback, and the configured names.
     *
     * @param listenHost host part of the listen address as configured
     * @param anyLocal whether that is the wildcard address
     * @param configured further names, without port
     */
    public AllowedHosts(String listenHost, boolean anyLocal, Collection<String> configured) {
        this.names = Stream.concat(
                        Stream.of("localhost", "127.0.0.1", "::1", normal(listenHost)),
                        configured.stream().map(AllowedHosts::normal))
                .collect(Collectors.toUnmodifiableSet());
        this.anyAddress = anyLocal;
    }

    /** Whether a request for this host name or address (no port) may be answered. */
    public boolean allow(String host) {
        String name = normal(host);
        return names.contains(name)
                || name.endsWith(".localhost")
                || (IPV4.matcher(name).matches() && name.startsWith("127."))
                || (anyAddress && (IPV4.matcher(name).matches() || name.indexOf(':') >= 0));
    }

    private static String normal(String host) {
        String name = host.strip().toLowerCase(Locale.ROOT);
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
