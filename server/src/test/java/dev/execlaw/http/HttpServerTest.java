package dev.execlaw.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The server as a whole: start, stop, slow and broken clients. */
final class HttpServerTest {

    private TestServer server;

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    private static TestServer hasty() throws IOException {
        return new TestServer(TestServer.settings(draft -> {
            draft.heartbeat = Duration.ofMillis(100);
            draft.deadline = Duration.ofMillis(500);
            draft.idle = Duration.ofSeconds(1);
            return draft;
        }));
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(
                server.http.address().getAddress(), server.http.address().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static HttpServer onPort(TestServer other, InetSocketAddress address) {
        return new HttpServer(
                address,
                other.sessions,
                other.log,
                other.authenticator,
                TestServer::system,
                new MemoryIdempotencyStore(),
                HttpSettings.defaults());
    }

    @Test
    void aPortInUseIsSaid() throws Exception {
        server = TestServer.start();
        int port = server.http.address().getPort();
        HttpServer second = onPort(server, new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
        assertThatThrownBy(second::start)
                .isInstanceOf(ListenException.class)
                .hasMessageContaining("Cannot listen on 127.0.0.1:" + port + ": another program listens there.")
                .hasMessageContaining("--listen HOST:PORT")
                .hasMessageNotContaining("\n");
        second.stop();
        HttpServer elsewhere = onPort(server, new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0));
        assertThatThrownBy(elsewhere::start)
                .isInstanceOf(ListenException.class)
                .hasMessageContaining("192.0.2.1:0")
                .hasMessageContaining("Give an address of this machine");
        HttpServer nowhere = onPort(server, InetSocketAddress.createUnresolved("no-such-host.invalid", 8000));
        assertThatThrownBy(nowhere::start)
                .isInstanceOf(ListenException.class)
                .hasMessageContaining("no-such-host.invalid");
    }

    @Test
    void whoIsRefusedBeforeItsBodyCameIsToldThatTheConnectionEnds() throws Exception {
        server = TestServer.start();
        try (Socket early = connect()) {
            early.getOutputStream()
                    .write("POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(early.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(answer).startsWith("HTTP/1.1 401 ").containsIgnoringCase("\r\nConnection: close\r\n");
        }
    }

    @Test
    void aHeadThatDripsIsCut() throws Exception {
        server = hasty();
        try (Socket slow = connect()) {
            drip(slow, "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a".repeat(2_000));
        }
    }

    @Test
    void aBodyThatDripsIsCut() throws Exception {
        server = hasty();
        try (Socket slow = connect()) {
            slow.getOutputStream()
                    .write(("POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                    + TestServer.TOKEN
                                    + "\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            drip(slow, " ".repeat(9_000));
        }
    }

    @Test
    void aSecondHeadThatDripsIsCut() throws Exception {
        server = hasty();
        try (Socket slow = connect()) {
            slow.getOutputStream()
                    .write("GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] first = new byte[4_000];
            assertThat(slow.getInputStream().read(first)).isPositive();
            drip(slow, "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a".repeat(4_000));
        }
    }

    @Test
    void openStreamsOutliveAllDeadlines() throws Exception {
        server = hasty();
        String id = server.session();
        ConsoleClient console = new ConsoleClient(server, "/sessions/" + id + "/console", true);
        try (SseClient events = new SseClient(server, "")) {
            for (int beats = 0; beats < 25; beats++) {
                assertThat(events.next()).isNotNull();
            }
        }
        server.sessions.consoles.get(id).print(new byte[] {'x'});
        ConsoleClient.until("the byte", () -> console.bytes().length == 1);
    }

    @Test
    void aQuietConnectionIsClosed() throws Exception {
        server = hasty();
        try (Socket quiet = connect()) {
            assertThat(quiet.getInputStream().read()).isEqualTo(-1);
        }
    }

    /** Writes a byte now and then until the server cuts the connection; fails when all was written. */
    private static void drip(Socket socket, String text) throws Exception {
        OutputStream out = socket.getOutputStream();
        CountDownLatch cut = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> {
            try (InputStream in = socket.getInputStream()) {
                in.readAllBytes();
                cut.countDown();
            } catch (IOException _) {
                cut.countDown();
            }
        });
        for (byte each : text.getBytes(StandardCharsets.US_ASCII)) {
            if (cut.await(10, TimeUnit.MILLISECONDS)) {
                return;
            }
            try {
                out.write(each);
            } catch (SocketException _) {
                return;
            }
        }
        throw new AssertionError("the server took all " + text.length() + " bytes at leisure");
    }

    @Test
    void requestsRunOnVirtualThreads() throws Exception {
        server = TestServer.start();
        for (int i = 0; i < 50; i++) {
            server.sessions.calledVirtually = false;
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            assertThat(server.sessions.calledVirtually).isTrue();
        }
    }

    @Test
    void whatIsNoHttpIsAnsweredInKind() throws Exception {
        server = TestServer.start();
        assertThat(raw("GET /api/v1/health HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("problem+json");
        assertThat(raw("NONSENSE\r\n\r\n")).startsWith("HTTP/1.1 400").contains("INVALID_REQUEST");
        assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(20_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431");
        assertThat(raw("GET /%2e%2e/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 40");
    }

    private String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void stoppingLetsRunningRequestsFinish() throws Exception {
        server = TestServer.start();
        String id = server.session();
        server.sessions.hold = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> running = server.client.sendAsync(
                server.api("/sessions/" + id + "/messages")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"late\"}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> server.sessions.waiting.get() == 1);
        CompletableFuture<Void> stopping = CompletableFuture.runAsync(() -> {
            try {
                server.http.stop();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> {
            try (Socket _ = connect()) {
                return false;
            } catch (IOException _) {
                return true;
            }
        });
        server.sessions.hold.countDown();
        assertThat(running.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(202);
        stopping.get(10, TimeUnit.SECONDS);
    }

    @Test
    void manyCallersAtOnce() throws Exception {
        server = TestServer.start();
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            all.add(server.client.sendAsync(server.api("/system").build(), HttpResponse.BodyHandlers.ofString()));
        }
        for (var each : all) {
            assertThat(each.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }
}
