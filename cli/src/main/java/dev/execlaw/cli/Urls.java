package dev.execlaw.cli;

import dev.execlaw.config.ListenAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Addresses of a daemon as people and clients use them. */
final class Urls {

    private Urls() {}

    /** Base of the server, without a slash at the end. A wildcard listen address becomes the loopback one. */
    static URI base(ListenAddress address) {
        String host = switch (address.host()) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "::1";
            default -> address.host();
        };
        return URI.create("http://" + new ListenAddress(host, address.port()));
    }

    /** The link that logs a browser in. */
    static URI login(ListenAddress address, String token) {
        return URI.create(base(address) + "/login?token=" + URLEncoder.encode(token, StandardCharsets.UTF_8));
    }
}
