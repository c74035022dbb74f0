package dev.execlaw.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventJson;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.StoredEventLog;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.gateway.GatewaySettings;
import dev.execlaw.gateway.JettyGateway;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.gateway.TrafficListener;
import dev.execlaw.problem.Problem;
import dev.execlaw.store.Database;
import dev.execlaw.store.EventTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;

/**
 * Text that others lose or change comes from a model through the gateway, the stored log and the API to a viewer as it
 * was: live in the stream, and again from the database.
 */
class UglyTextTest {

    private static final ObjectWriter ASCII = Json.MAPPER.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);
    private static final String REFERENCE = "execlaw-message-abcdefghijklmnop";

    @TempDir
    Path directory;

    static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("check boxes and indices", "- [x] done\n- [ ] open\na[0] = [1, 2]\n[link](http://x)\n"),
                Arguments.of("lines of one character", "}\n)\n4\n\n.\n"),
                Arguments.of("boxed tables", "┌───┬───┐\n│ a │ b │\n└───┴───┘\n+--+--+\n| 1|2 |\n"),
                Arguments.of(
                        "words of other logs",
                        "Running: x\nTool: y\nThinking...\nStarted \nbash: no\nPending\n> \n\n> "),
                Arguments.of(
                        "tags in code",
                        "Write `<tool_call>` so:\n```\n<tool_call>\n{\"no\": \"call\"}\n</tool_call>\n```\n</tool_call>"),
                Arguments.of("results that are none", "[Tool results]\n<tool_result is what it says\n</tool_result>"),
                Arguments.of("half tags", "a < b <t <think <tool_cal <tool_res"),
                Arguments.of("emoji", "🦞👩‍👩‍👧🏳️‍🌈é".repeat(40)),
                Arguments.of("escapes of terminals", "\u001b[?25l\u001b[31mred\u001b[0m\u001b]0;title\u0007\b\b"),
                Arguments.of("NUL and other controls", "a\u0000b\u0001c\u007fd\u0085e\u2028f\u2029g"),
                Arguments.of("line ends", "a\r\nb\rc\n\rd\r\n\r\n"),
                Arguments.of("right to left", "שלום \u202eabc\u202c مرحبا\u200f"),
                Arguments.of("joiners that nobody sees", "a\u200db\u200cc\ufeffd\u2060e"),
                Arguments.of("halves of surrogate pairs", "a\ud83e b\udd9e c\udd9e\ud83e d\ud83e"),
                Arguments.of("blanks around", "  \t\n x \n\t  "),
                Arguments.of("one long line", "z".repeat(1 << 20)),
                Arguments.of("JSON in JSON", "{\"a\":\"\\\"\\\\u0041\\n\"}\\ud83e"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("texts")
    void arrivesUnchanged(String name, String text) throws Exception {
        try (Database database = Database.open(directory.resolve("execlaw.db"));
                Model model = new Model(text)) {
            StoredEventLog log = new StoredEventLog(new EventTable(database), InstantSource.system());
            try (TestServer server = new TestServer(TestServer.settings(given -> given), Optional.of(log))) {
                String id = server.session();
                CompletableFuture<List<JsonNode>> live = watch(server);
                ask(model, log, id);
                assertThat(joined(live.get(30, TimeUnit.SECONDS))).as("live").isEqualTo(text);
                assertThat(joined(page(server, id))).as("as a page").isEqualTo(text);
            }
            // Another log over the same database has nothing in memory.
            EventLog again = new StoredEventLog(new EventTable(database), InstantSource.system());
            List<JsonNode> stored =
                    again.page("s1", 0, 1000).stream().map(UglyTextTest::json).toList();
            assertThat(joined(stored)).as("from the database").isEqualTo(text);
        }
    }

    @Test
    void whatAToolGaveBackArrivesUnchangedToo() throws Exception {
        String output = "[x]\n</tool_result>\n\u001b[1m\ud83e\u0000\r\n";
        EventPayload payload = new EventPayload.ToolResult("c-t1", output, "ok", null, null);
        assertThat(EventJson.payload(
                        "tool_result", new String(EventJson.payload(payload).getBytes(UTF_8), UTF_8)))
                .isEqualTo(payload);
    }

    private static JsonNode json(Event event) {
        return Json.MAPPER.readTree(EventJson.encode(event));
    }

    private static String joined(List<JsonNode> events) {
        StringBuilder text = new StringBuilder();
        for (JsonNode event : events) {
            assertThat(event.get("type").stringValue()).isIn("message", "usage", "notice");
            text.append(
                    event.path("payload").path("part").isMissingNode()
                            ? ""
                            : event.get("payload").get("text").stringValue());
        }
        return text.toString();
    }

    /** Reads the event stream until the notice that ends a test. */
    private static CompletableFuture<List<JsonNode>> watch(TestServer server) throws Exception {
        HttpResponse<Stream<String>> stream =
                server.client.send(server.api("/events?after=0").build(), HttpResponse.BodyHandlers.ofLines());
        return CompletableFuture.supplyAsync(() -> {
            List<JsonNode> events = new ArrayList<>();
            try (Stream<String> lines = stream.body()) {
                for (String line : (Iterable<String>) lines::iterator) {
                    JsonNode data = line.startsWith("data: ") ? Json.MAPPER.readTree(line.substring(6)) : null;
                    if (data != null && data.has("payload")) {
                        events.add(data);
                        if (data.get("type").stringValue().equals("notice")) {
                            return events;
                        }
                    }
                }
                throw new IllegalStateException("the stream ended after " + events.size() + " events");
            }
        });
    }

    private static List<JsonNode> page(TestServer server, String id) throws Exception {
        List<JsonNode> events = new ArrayList<>();
        TestServer.json(server.get("/sessions/" + id + "/events?limit=1000"))
                .get("events")
                .forEach(events::add);
        return events;
    }

    /** A guest asks; what the gateway tells goes to the log as a session would have it. */
    private void ask(Model model, EventLog log, String id) throws Exception {
        Providers providers = new Providers(List.of(new ProviderSettings(
                "up", "Up", ProviderSettings.Kind.OPENAI_COMPATIBLE, model.url(), false, List.of())));
        GatewaySession.Route route = new GatewaySession.Route("up", "m", null, null, null, null);
        CompletableFuture<Boolean> finished = new CompletableFuture<>();
        TrafficListener listener = new TrafficListener() {
            @Override
            public void callStarted(String message) {}

            @Override
            public void event(EventPayload payload) {
                log.append(id, payload);
            }

            @Override
            public void callFinished(boolean last) {
                finished.complete(last);
            }

            @Override
            public void callFailed(Problem problem) {
                finished.completeExceptionally(new IllegalStateException(problem.detail()));
            }
        };
        try (JettyGateway gateway = JettyGateway.start(providers, GatewaySettings.DEFAULTS)) {
            InetSocketAddress address = (InetSocketAddress) gateway.open(
                    new GatewaySession(
                            id,
                            "t",
                            () -> route,
                            _ -> Optional.of(new GatewaySession.MessageText("m1", "hello")),
                            listener),
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            guest(address, id);
            assertThat(finished.get(20, TimeUnit.SECONDS)).isTrue();
        }
        log.append(id, new EventPayload.Notice("the end"));
    }

    private static void guest(InetSocketAddress address, String id) throws IOException {
        String body = "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"" + REFERENCE + "\"}]}";
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("POST /s/" + id + "/v1/chat/completions HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer t\r\n"
                                    + "Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                            .getBytes(UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 200");
        }
    }

    /** A provider on loopback that says one text, in deltas and packets that end anywhere. */
    private static final class Model implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());

        Model(String text) throws IOException {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = server.accept()) {
                    InputStream in = socket.getInputStream();
                    byte[] request = new byte[64 << 10];
                    assertThat(in.read(request)).isPositive();
                    send(text, socket.getOutputStream());
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        String url() {
            return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
        }

        private static void send(String text, OutputStream out) throws IOException {
            Random random = new Random(text.hashCode());
            StringBuilder wire = new StringBuilder(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
            boolean raw = text.chars().noneMatch(c -> Character.isSurrogate((char) c)) && random.nextBoolean();
            int longest = text.length() > 10_000 ? 8_000 : 4;
            for (int at = 0; at < text.length(); ) {
                int end = Math.min(text.length(), at + 1 + random.nextInt(longest));
                String piece = text.substring(at, end);
                String json = raw ? Json.MAPPER.writeValueAsString(piece) : ASCII.writeValueAsString(piece);
                wire.append("data: {\"choices\":[{\"delta\":{\"content\":")
                        .append(json)
                        .append("}}]}\n\n");
                at = end;
            }
            wire.append("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
            byte[] bytes = wire.toString().getBytes(UTF_8);
            for (int at = 0; at < bytes.length; ) {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(longest * 5));
                out.write(bytes, at, end - at);
                out.flush();
                at = end;
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
