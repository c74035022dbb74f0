package dev.execlaw.microvm.image.source;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that the environment names: {@code http_proxy}, {@code https_proxy}, {@code all_proxy} and
 * {@code no_proxy}, in small letters first, as curl reads them (curl(1), "ENVIRONMENT"); {@code HTTP_PROXY} in capitals
 * is ignored, because a web server sets it from a request's header.
 */
final class Proxies extends ProxySelector {

    private final Map<String, URI> byScheme = new HashMap<>();
    private final List<String> exceptions;

    Proxies(Map<String, String> environment) {
        for (String scheme : List.of("http", "https")) {
            variable(environment, scheme + "_proxy", scheme.equals("https"))
                    .or(() -> variable(environment, "all_proxy", true))
                    .ifPresent(value -> byScheme.put(scheme, parse(scheme, value)));
        }
        exceptions = variable(environment, "no_proxy", true)
                .map(value -> List.of(value.toLowerCase(Locale.ROOT).split("[,\\s]+")))
                .orElse(List.of());
    }

    @Override
    public List<Proxy> select(@Nullable URI uri) {
        if (uri == null) {
            throw new IllegalArgumentException("no address to select a proxy for");
        }
        URI proxy = byScheme.get(uri.getScheme());
        if (proxy == null || excepted(uri)) {
            return List.of(Proxy.NO_PROXY);
        }
        return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port(proxy))));
    }

    @Override
    public void connectFailed(@Nullable URI uri, @Nullable SocketAddress address, @Nullable IOException e) {
        // The request itself fails with the same error.
    }

    /** Answers a proxy that asks for the name and password that its address holds. */
    Optional<Authenticator> authenticator() {
        if (byScheme.values().stream().noneMatch(proxy -> proxy.getUserInfo() != null)) {
            return Optional.empty();
        }
        return Optional.of(new Authenticator() {
            @Override
            protected @Nullable PasswordAuthentication getPasswordAuthentication() {
                if (getRequestorType() != RequestorType.PROXY) {
                    return null;
                }
                return byScheme.values().stream()
                        .filter(proxy -> proxy.getUserInfo() != null)
                        .filter(proxy -> proxy.getHost().equalsIgnoreCase(getRequestingHost())
                                && port(proxy) == getRequestingPort())
                        .findFirst()
                        .map(proxy -> credentials(proxy.getUserInfo()))
                        .orElse(null);
            }
        });
    }

    private boolean excepted(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        for (String exception : exceptions) {
            String name = exception.startsWith(".") ? exception.substring(1) : exception;
            if (name.equals("*")) {
                return true;
            }
            if (!name.isEmpty()
                    && (host.equals(name) || host.endsWith("." + name) || name.equals(host + ":" + uri.getPort()))) {
                return true;
            }
        }
        return false;
    }

    private static PasswordAuthentication credentials(String userInfo) {
        int colon = userInfo.indexOf(':');
        return colon < 0
                ? new PasswordAuthentication(userInfo, new char[0])
                : new PasswordAuthentication(
                        userInfo.substring(0, colon),
                        userInfo.substring(colon + 1).toCharArray());
    }

    private static int port(URI proxy) {
        return proxy.getPort() >= 0 ? proxy.getPort() : 80;
    }

    private static URI parse(String scheme, String value) {
        String text = value.contains("://") ? value : "http://" + value;
        URI uri;
        try {
            uri = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(scheme + "_proxy is not an address of the form http://HOST:PORT", e);
        }
        if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
            // The value may hold a password: it is not quoted.
            throw new IllegalArgumentException(scheme + "_proxy has the scheme \"" + uri.getScheme()
                    + "\" or no host: only http://HOST:PORT is supported");
        }
        return uri;
    }

    private static Optional<String> variable(Map<String, String> environment, String name, boolean capitals) {
        String value = environment.get(name);
        if (value == null && capitals) {
            value = environment.get(name.toUpperCase(Locale.ROOT));
        }
        return Optional.ofNullable(value).map(String::strip).filter(text -> !text.isEmpty());
    }
}
