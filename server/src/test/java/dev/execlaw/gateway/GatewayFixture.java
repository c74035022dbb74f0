package dev.execlaw.gateway;

import dev.execlaw.gateway.GatewaySession.MessageText;
import dev.execlaw.gateway.GatewaySession.Route;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A running gateway with a fake provider {@code up}, one session {@code s1}, and a guest's HTTP client. */
final class GatewayFixture implements AutoCloseable {

    static final String KEY = "sk-canary-0123456789abcdef";
    static final String TOKEN = "guest-token";
    static final String REFERENCE = "execlaw-message-abcdefghijklmnop";
    static final GatewaySettings QUICK = new GatewaySettings(
            1 << 20,
            8 << 10,
            1 << 20,
            1_000,
            4,
            8,
            Duration.ofMillis(200),
            Duration.ofMillis(5),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            2,
            Duration.ofMillis(10),
            Duration.ofMinutes(1),
            32 << 20);

    final FakeUpstream upstream = new FakeUpstream();
    final RecordedTraffic traffic = new RecordedTraffic();
    final Map<String, MessageText> texts = new ConcurrentHashMap<>();
    final JettyGateway gateway;
    final Path directory = Files.createTempDirectory("gw");
    final HttpClient client = new HttpClient();
    final ScriptedMeter meter = new ScriptedMeter();
    volatile Route route = new Route("up", "big", KEY, null, null, null);

    GatewayFixture() throws Exception {
        this(QUICK);
    }

    GatewayFixture(GatewaySettings settings) throws Exception {
        this(settings, "", SslContextFactory.Client::new);
    }

    /**
     * @param secure URL of a provider {@code secure-KIND} for each kind; empty for none
     * @param tls whom the gateway trusts
     */
    GatewayFixture(GatewaySettings settings, String secure, Supplier<SslContextFactory.Client> tls) throws Exception {
        List<ProviderSettings> known = new ArrayList<>();
        for (ProviderSettings.Kind kind : ProviderSettings.Kind.values()) {
            if (kind != ProviderSettings.Kind.DEMO) {
                String id = kind.name().toLowerCase(Locale.ROOT);
                known.add(new ProviderSettings(id, id, kind, upstream.url(), true, List.of()));
                if (!secure.isEmpty()) {
                    known.add(new ProviderSettings("secure-" + id, id, kind, secure, true, List.of()));
                }
            }
        }
        known.addAll(List.of(
                new ProviderSettings("demo", "Demo", ProviderSettings.Kind.DEMO, null, false, List.of("demo")),
                new ProviderSettings(
                        "up", "Up", ProviderSettings.Kind.OPENAI_COMPATIBLE, upstream.url(), true, List.of()),
                new ProviderSettings(
                        "nowhere",
                        "Nowhere",
                        ProviderSettings.Kind.OPENAI_COMPATIBLE,
                        "http://127.0.0.1:1/v1",
                        false,
                        List.of())));
        gateway = JettyGateway.start(new Providers(known), settings, tls);
        texts.put(REFERENCE, new MessageText("m1", "the real text"));
        client.setMaxRequestHeadersSize(64 << 10);
        client.start();
        client.getProtocolHandlers().clear();
        open("s1");
    }

    GatewaySession session(String id) {
        return new GatewaySession(
                id, TOKEN, () -> route, token -> Optional.ofNullable(texts.get(token)), traffic, List.of(), meter);
    }

    /** Lets a session's guest in at its socket. */
    void open(String id) {
        gateway.open(session(id), UnixDomainSocketAddress.of(socket(id)));
    }

    /** Lets a session's guest in at a TCP port of its own instead. */
    InetSocketAddress openTcp(String id) {
        gateway.close(id);
        return (InetSocketAddress)
                gateway.open(session(id), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    Path socket(String id) {
        return directory.resolve(id + ".sock");
    }

    Request request(String body) {
        return client.newRequest("http://gateway/s/s1/v1/chat/completions")
                .transport(new Transport.TCPUnix(socket("s1")))
                .method(HttpMethod.POST)
                .headers(headers -> headers.put("Authorization", "Bearer " + TOKEN))
                .timeout(20, TimeUnit.SECONDS)
                .body(new BytesRequestContent(
                        "application/json", body.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    ContentResponse ask(boolean streaming) throws Exception {
        return request(body(streaming, "")).send();
    }

    /** Sends a streaming request and gives its answer as it comes. */
    InputStream open() throws Exception {
        InputStreamResponseListener listener = new InputStreamResponseListener();
        request(body(true, "")).send(listener);
        listener.get(5, TimeUnit.SECONDS);
        return listener.getInputStream();
    }

    static String body(boolean streaming, String moreMessages) {
        return "{\"model\":\"any\",\"stream\":" + streaming + ",\"messages\":[{\"role\":\"user\",\"content\":\""
                + REFERENCE + "\"}" + moreMessages
                + "],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"shell\"}}]}";
    }

    /** Text of an answer as the guest's own client would put it together. */
    static String text(ContentResponse response) {
        Fold fold = new Fold();
        AnswerFold answer = new AnswerFold(fold, name -> false);
        try {
            if (response.getMediaType().equals("text/event-stream")) {
                SseParser parser = new SseParser(1 << 24);
                parser.feed(response.getContent(), data -> {
                    if (data[0] == '{') {
                        answer.accept(Json.MAPPER.readTree(data));
                    }
                });
            } else {
                answer.accept(Json.MAPPER.readTree(response.getContent()));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return answer.message().get("content").stringValue();
    }

    @Override
    public void close() throws Exception {
        client.stop();
        gateway.close();
        upstream.close();
        try (var files = Files.list(directory)) {
            if (files.findAny().isPresent()) {
                throw new IllegalStateException("sockets left in " + directory);
            }
        }
        Files.delete(directory);
    }
}
