package dev.execlaw.http;

import dev.execlaw.auth.Proxies;
import dev.execlaw.auth.RateLimit;
import java.time.Duration;
import java.util.List;

/**
 * Limits of the HTTP server.
 *
 * @param hosts further names under which the server may be called, without port
 * @param proxies reverse proxies whose forwarded headers count
 * @param bodyLimit largest request body, bytes
 * @param requests rate per client address for requests with a valid credential
 * @param strangers the same for requests without one (health, the user interface's files)
 * @param failures the same for wrong tokens and cookies
 * @param streams how many event streams may be open at a time
 * @param consoles how many console viewers may be open at a time
 * @param heartbeat time between heartbeats of an event stream
 * @param requestDeadline longest time from a request's first byte to its last
 * @param idleTimeout longest silence of a connection in either direction; more than {@code heartbeat}
 * @param drain how long {@link HttpServer#stop} lets running requests finish
 */
public record HttpSettings(
        List<String> hosts,
        Proxies proxies,
        int bodyLimit,
        RateLimit requests,
        RateLimit strangers,
        RateLimit failures,
        int streams,
        int consoles,
        Duration heartbeat,
        Duration requestDeadline,
        Duration idleTimeout,
        Duration drain) {

    public HttpSettings {
        hosts = List.copyOf(hosts);
        if (bodyLimit < 1024) {
            throw new IllegalArgumentException("the body limit is " + bodyLimit + " bytes, the least is 1024");
        }
        if (streams < 1 || consoles < 1) {
            throw new IllegalArgumentException(
                    "streams is " + streams + ", consoles is " + consoles + "; both must be at least 1");
        }
        if (idleTimeout.compareTo(heartbeat) <= 0) {
            throw new IllegalArgumentException("the idle timeout of " + idleTimeout
                    + " is not more than the heartbeat of " + heartbeat + ": quiet event streams would be cut");
        }
    }

    /**
     * What fits one person or a small team. The rate for callers with a credential is high because programs that wait
     * for a session ask often; it is there to stop a runaway, not a user.
     */
    public static HttpSettings defaults() {
        return new HttpSettings(
                List.of(),
                new Proxies(List.of()),
                4 << 20,
                new RateLimit(60_000, 2_000),
                new RateLimit(1_200, 300),
                new RateLimit(10, 10),
                1_000,
                256,
                Duration.ofSeconds(15),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(5));
    }
}
