package dev.execlaw.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a port to listen on.
 *
 * @param host name or address; an IPv6 address without its brackets
 * @param port 0 to 65535; 0 lets the system choose
 */
public record ListenAddress(String host, int port) {

    private static final Pattern FORM = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9.-]+):(\\d{1,5})");

    public ListenAddress {
        Check.that(!host.isBlank(), "server.listen", host, "HOST:PORT");
        Check.range("server.listen, its port,", port, 0, 65_535);
    }

    /** Reads {@code HOST:PORT}, IPv6 as {@code [::1]:8000}. */
    public static ListenAddress parse(String text) {
        Matcher form = FORM.matcher(text);
        Check.that(form.matches(), "server.listen", text, "of the form HOST:PORT, e.g. 127.0.0.1:8000");
        String host = form.group(1).replace("[", "").replace("]", "");
        return new ListenAddress(host, Integer.parseInt(form.group(2)));
    }

    /** Whether only this machine can reach it. A name but localhost counts as one that others can reach. */
    public boolean loopback() {
        return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.\\d{1,3}){3}");
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
