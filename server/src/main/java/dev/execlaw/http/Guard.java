package dev.execlaw.http;

import dev.execlaw.auth.AllowedHosts;
import dev.execlaw.auth.Authenticator;
import dev.execlaw.auth.Credential;
import dev.execlaw.auth.Origins;
import dev.execlaw.auth.RateLimiter;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpCookie;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Decides who is let in. Any thread may use it. */
final class Guard {

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

    private final Authenticator authenticator;
    private final AllowedHosts hosts;
    private final HttpSettings settings;
    private final RateLimiter requests;
    private final RateLimiter strangers;
    private final RateLimiter failures;

    Guard(Authenticator authenticator, AllowedHosts hosts, HttpSettings settings) {
        this.authenticator = authenticator;
        this.hosts = hosts;
        this.settings = settings;
        this.requests = new RateLimiter(settings.requests());
        this.strangers = new RateLimiter(settings.strangers());
        this.failures = new RateLimiter(settings.failures());
    }

    /** Tells who calls, and refuses a request for a strange host or one too many. */
    Caller identify(Request request) {
        InetAddress peer = peer(request);
        boolean proxied = settings.proxies().trust(peer);
        String host = proxied && header(request, "X-Forwarded-Host") != null
                ? String.valueOf(header(request, "X-Forwarded-Host"))
                : String.valueOf(header(request, "Host"));
        String name = host.replaceFirst(":[0-9]*$", "");
        if (!hosts.allow(name)) {
            throw new ProblemException(
                    ErrorCode.ORIGIN_REFUSED,
                    "The request is for host \"" + name + "\", which is not a name of this server.",
                    "Use the address that the server printed at its start, or add the name to server.hosts.");
        }
        InetAddress client = settings.proxies().client(peer, header(request, "X-Forwarded-For"));
        Credential credential = credential(request, client);
        limit(credential.accepted() ? requests : strangers, client);
        boolean https = request.isSecure() || (proxied && "https".equals(header(request, "X-Forwarded-Proto")));
        return new Caller(credential, client, (https ? "https://" : "http://") + host.toLowerCase(Locale.ROOT));
    }

    /** Refuses who has shown no valid credential. */
    void requireCredential(Caller caller) {
        switch (caller.credential()) {
            case BEARER, COOKIE -> {}
            case NONE ->
                throw new ProblemException(
                        ErrorCode.UNAUTHENTICATED,
                        "The request carries neither a token nor a login cookie.",
                        "Send \"Authorization: Bearer TOKEN\", or open the URL that the server printed at its start.");
            case WRONG -> {
                limit(failures, caller.client());
                throw new ProblemException(
                        ErrorCode.UNAUTHENTICATED,
                        "The token or the login cookie is not valid.",
                        "Use the token that the server printed at its start; it is kept in its data directory.");
            }
        }
    }

    /** Refuses a request that another site's page may have caused. */
    void requireOwnOrigin(Caller caller, Request request, boolean upgrade) {
        if (!upgrade && SAFE.contains(request.getMethod())) {
            return;
        }
        Optional<String> refusal = Origins.refusal(
                caller.credential(), caller.origin(), header(request, "Origin"), header(request, "Sec-Fetch-Site"));
        if (refusal.isPresent()) {
            throw new ProblemException(
                    ErrorCode.ORIGIN_REFUSED,
                    refusal.get(),
                    "Programs send the token in the Authorization header and no Origin; behind a proxy that ends TLS,"
                            + " add its address to server.trusted_proxies.");
        }
    }

    /** Whether a proxy that is trusted handed the request over. */
    boolean fromProxy(Request request) {
        return settings.proxies().trust(peer(request));
    }

    /** Whether this token logs its sender in. Wrong ones are counted, and after too many none is looked at. */
    boolean tokenMatches(String token, InetAddress client) {
        refuseGuessing(client);
        if (authenticator.tokenMatches(token)) {
            return true;
        }
        limit(failures, client);
        return false;
    }

    private Credential credential(Request request, InetAddress client) {
        String authorization = header(request, "Authorization");
        if (authorization != null) {
            refuseGuessing(client);
        }
        Optional<String> cookie = Request.getCookies(request).stream()
                .filter(each -> each.getName().equals(Authenticator.COOKIE))
                .map(HttpCookie::getValue)
                .findFirst();
        return authenticator.check(authorization, cookie);
    }

    /** Spares loopback: there, one program with a stale token would lock its user's others out. */
    private void refuseGuessing(InetAddress client) {
        if (!client.isLoopbackAddress()) {
            failures.exhausted(client).ifPresent(wait -> {
                throw tooMany(failures, wait);
            });
        }
    }

    private static void limit(RateLimiter limiter, InetAddress client) {
        limiter.take(client).ifPresent(wait -> {
            throw tooMany(limiter, wait);
        });
    }

    private static RateLimited tooMany(RateLimiter limiter, Duration wait) {
        return new RateLimited(limiter.limit(), wait);
    }

    private static InetAddress peer(Request request) {
        return request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress address
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** All values of a header, joined by commas. */
    private static @Nullable String header(Request request, String name) {
        return request.getHeaders().getFields(name).isEmpty()
                ? null
                : String.join(
                        ",",
                        request.getHeaders().getFields(name).stream()
                                .map(HttpField::getValue)
                                .toList());
    }
}
