package dev.execlaw.http;

import dev.execlaw.auth.AccessToken;
import dev.execlaw.auth.Authenticator;
import dev.execlaw.auth.Proxies;
import dev.execlaw.auth.RateLimit;
import dev.execlaw.email.EmailSettings;
import dev.execlaw.email.Emails;
import dev.execlaw.event.EventLog;
import dev.execlaw.gateway.ModelInfo;
import dev.execlaw.gateway.ModelListing;
import dev.execlaw.gateway.Price;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.CreateSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/** The real server on a free port, over sessions and a log in memory, and a client for it. */
final class TestServer implements AutoCloseable {

    static final String TOKEN = "test-token-0123456789";

    final FakeEventLog log = new FakeEventLog();
    final FakeSessions sessions = new FakeSessions(log);
    final FakeKeys keys = new FakeKeys();
    final Authenticator authenticator = new Authenticator(new AccessToken(TOKEN));
    final HttpServer http;
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    TestServer(HttpSettings settings) throws IOException {
        this(settings, Optional.empty(), _ -> withoutMail());
    }

    /** One whose events are those of another log. */
    TestServer(HttpSettings settings, Optional<EventLog> events) throws IOException {
        this(settings, events, _ -> withoutMail());
    }

    TestServer(HttpSettings settings, Function<TestServer, HttpParts> parts) throws IOException {
        this(settings, Optional.empty(), parts);
    }

    private TestServer(HttpSettings settings, Optional<EventLog> events, Function<TestServer, HttpParts> parts)
            throws IOException {
        http = new HttpServer(
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
                sessions,
                keys,
                events.orElse(log),
                authenticator,
                TestServer::system,
                TestServer::models,
                new MemoryIdempotencyStore(),
                settings,
                parts.apply(this),
                "dev/execlaw/http/web");
        http.start();
    }

    static TestServer start() throws IOException {
        return new TestServer(settings(given -> given));
    }

    static HttpParts withoutMail() {
        Emails emails = new Emails(EmailSettings.NONE, new FakeEventLog(), InstantSource.system());
        return new HttpParts(emails, null, false, false);
    }

    /** The defaults but for what a test needs otherwise. */
    static HttpSettings settings(UnaryOperator<Draft> change) {
        Draft d = change.apply(new Draft());
        HttpSettings s = HttpSettings.defaults();
        return new HttpSettings(
                List.of("execlaw.example"),
                d.proxies,
                d.bodyLimit,
                d.requests,
                s.strangers(),
                d.failures,
                d.streams,
                s.consoles(),
                d.heartbeat,
                d.deadline,
                d.idle,
                d.drain);
    }

    /** Settings under construction. */
    static final class Draft {
        Proxies proxies = new Proxies(List.of());
        int bodyLimit = HttpSettings.defaults().bodyLimit();
        RateLimit requests = HttpSettings.defaults().requests();
        RateLimit failures = new RateLimit(60_000, 1_000);
        int streams = HttpSettings.defaults().streams();
        Duration heartbeat = HttpSettings.defaults().heartbeat();
        Duration deadline = HttpSettings.defaults().requestDeadline();
        Duration idle = HttpSettings.defaults().idleTimeout();
        Duration drain = Duration.ofSeconds(2);
    }

    /** Two models of the provider {@code demo}, none of any other. */
    static ModelListing models(String provider) {
        if (!provider.equals("demo")) {
            throw new ProblemException(ErrorCode.UNKNOWN_PROVIDER, "There is no provider \"" + provider + "\".", "");
        }
        return new ModelListing(
                List.of(
                        new ModelInfo("one", "One", 1_000, new Price(0, 0, null), true),
                        new ModelInfo("two", "Two", null, null, false)),
                ModelListing.From.DOCUMENTED,
                Instant.EPOCH);
    }

    static SystemInfo system() {
        return new SystemInfo(
                "0.1.0",
                "qemu",
                "it is there",
                new SystemInfo.Accelerator("tcg", "no /dev/kvm"),
                new SystemInfo.Network("user", "no root", "10.200.0.0/16", List.of()),
                "its own machine",
                List.of("no control groups"),
                new SystemInfo.Host(4, 8000, 4000, 10_000, 0.5),
                new SystemInfo.Capacity(4000, 512),
                List.of(new SystemInfo.ImageInfo(
                        "0123456789abcdef", "debian", new SystemInfo.AgentInfo("reference", "1"))),
                List.of(new SystemInfo.ProviderInfo("demo", "Demo", false, false, List.of("demo"))),
                List.of("nullclaw"),
                List.of(dev.execlaw.session.KeyMode.GATEWAY),
                new SystemInfo.Defaults("demo", null, "nullclaw", 1, 512),
                Map.of("invalid_token", 3L),
                7);
    }

    String origin() {
        return "http://127.0.0.1:" + http.address().getPort();
    }

    URI uri(String path) {
        return URI.create(origin() + path);
    }

    /** A request without credential. */
    HttpRequest.Builder bare(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30));
    }

    /** A request to the API with the token. */
    HttpRequest.Builder api(String path) {
        return bare("/api/v1" + path).header("Authorization", "Bearer " + TOKEN);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(api(path));
    }

    HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
        return send(
                api(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    HttpResponse<String> call(String method, String path) throws IOException, InterruptedException {
        return send(api(path).method(method, HttpRequest.BodyPublishers.noBody()));
    }

    static JsonNode json(HttpResponse<String> response) {
        return Json.MAPPER.readTree(response.body());
    }

    /** A session with a console; its id is returned. */
    String session() {
        String id = sessions.create(
                        new CreateSession(null, "demo", null, null, null, null, null, null, null, null, null, null))
                .id();
        sessions.consoles.put(id, new FakeConsole());
        return id;
    }

    @Override
    public void close() throws IOException {
        client.shutdownNow();
        http.stop();
    }
}
