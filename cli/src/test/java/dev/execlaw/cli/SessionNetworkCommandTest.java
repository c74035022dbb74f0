package dev.execlaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code execlaw session network} and {@code session create} against a small HTTP server that plays the daemon. */
final class SessionNetworkCommandTest {

    private static final String LISTED = """
            {"mode": "tap", "guest": "10.200.0.2", "gateway": "10.200.0.1", "policy": "allowlist",
             "allow": ["pypi.org", "192.0.2.0/24"], "effective": "allowlist", "isolation": "two destinations",
             "traffic": {"sentBytes": 120, "sentPackets": 2, "receivedBytes": 90, "receivedPackets": 1,
                         "droppedPackets": 3, "droppedBytes": 180}}
            """;

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<String> asked = new ArrayList<>();
    private HttpServer server;
    private Path config;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
        Files.writeString(directory.resolve("token"), "the-token-of-this-test\n");
        config = Files.writeString(
                directory.resolve("c.toml"),
                "[server]\nlisten = \"127.0.0.1:" + server.getAddress().getPort() + "\"\n");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void showsItWithCounters() {
        answer(200, LISTED);
        assertThat(session("network", "abc")).isZero();
        assertThat(asked).containsExactly("GET /api/v1/sessions/abc/network ");
        assertThat(out.toString().lines())
                .containsExactly(
                        "mode       tap",
                        "guest      10.200.0.2",
                        "gateway    10.200.0.1",
                        "policy     allowlist",
                        "allow      pypi.org, 192.0.2.0/24",
                        "isolation  two destinations",
                        "sent       2 packets, 120 bytes",
                        "received   1 packets, 90 bytes",
                        "dropped    3 packets, 180 bytes");
    }

    @Test
    void saysWhereAPolicyHasNoEffect() {
        answer(200, """
                {"mode": "user", "guest": null, "gateway": null, "policy": "internet", "allow": [],
                 "effective": "none", "isolation": "nothing else", "traffic": null}
                """);
        assertThat(session("network", "abc")).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "mode       user",
                        "guest      none before its first start",
                        "gateway    none before its first start",
                        "policy     internet; in this mode it is none",
                        "isolation  nothing else");
    }

    @Test
    void jsonIsWhatTheServerSaid() {
        answer(200, LISTED);
        assertThat(session("network", "--json", "abc")).isZero();
        assertThat(JsonMapper.shared().readTree(out.toString()))
                .isEqualTo(JsonMapper.shared().readTree(LISTED));
    }

    @Test
    void changesIt() {
        answer(200, LISTED);
        assertThat(session("network", "abc", "--policy", "allowlist", "--allow", "pypi.org", "--allow", "192.0.2.0/24"))
                .isZero();
        assertThat(session("network", "abc", "--policy", "none")).isZero();
        assertThat(session("network", "abc", "--allow", "*.example.org")).isZero();
        assertThat(asked).allMatch(request -> request.startsWith("PUT /api/v1/sessions/abc/network "));
        assertThat(asked.stream().map(SessionNetworkCommandTest::body))
                .containsExactly(
                        json("{'policy': 'allowlist', 'allow': ['pypi.org', '192.0.2.0/24']}"),
                        json("{'policy': 'none', 'allow': []}"),
                        json("{'policy': 'allowlist', 'allow': ['*.example.org']}"));
    }

    @Test
    void aSessionIsCreatedWithIt() {
        answer(201, "{\"id\": \"abc\"}");
        assertThat(session("create", "--policy", "allowlist", "--allow", "pypi.org"))
                .isZero();
        assertThat(session("create")).isZero();
        assertThat(body(asked.getFirst()).path("network"))
                .isEqualTo(json("{'policy': 'allowlist', 'allow': ['pypi.org']}"));
        assertThat(body(asked.getLast()).has("network")).isFalse();
    }

    @Test
    void aRefusedEntryIsShownInTheServersWords() {
        answer(400, """
                {"code": "INVALID_REQUEST", "detail": "allow: the entry \\"10.0.0.0/33\\" is not taken",
                 "next": "mend or remove the entry"}
                """);
        assertThat(session("network", "abc", "--allow", "10.0.0.0/33")).isEqualTo(1);
        assertThat(err.toString())
                .contains(
                        "allow: the entry \"10.0.0.0/33\" is not taken (INVALID_REQUEST) -- do: mend or remove the entry");
        assertThat(out.toString()).isEmpty();
    }

    private void answer(int status, String body) {
        server.createContext("/api/v1/sessions", exchange -> {
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            byte[] bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private static JsonNode body(String request) {
        return JsonMapper.shared().readTree(request.split(" ", 3)[2]);
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    private int session(String command, String... arguments) {
        List<String> all = new ArrayList<>(
                List.of("session", command, "--config", config.toString(), "--data-dir", directory.toString()));
        all.addAll(List.of(arguments));
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }
}
