package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.execlaw.config.ListenAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client against a small HTTP server that plays the daemon. */
final class ApiClientTest {

    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void sendsTheTokenAndReadsTheAnswer() throws InterruptedException {
        answer(200, "{\"sessions\":[]}");
        try (ApiClient api = client("right")) {
            assertThat(api.call("GET", "/sessions", null).path("sessions").isArray())
                    .isTrue();
        }
    }

    @Test
    void aProblemBecomesItsOwnWords() {
        answer(400, "{\"code\":\"UNKNOWN_MODEL\",\"detail\":\"no model \\\"x\\\"\",\"next\":\"take y\"}");
        try (ApiClient api = client("right")) {
            assertThatThrownBy(() -> api.call("POST", "/sessions", Map.of("provider", "demo")))
                    .isInstanceOf(CliException.class)
                    .hasMessage("no model \"x\" (UNKNOWN_MODEL)")
                    .satisfies(e -> assertThat(((CliException) e).next()).isEqualTo("take y"));
        }
    }

    @Test
    void noServerIsSaidWithTheNextStep() {
        server.stop(0);
        try (ApiClient api = client("right")) {
            assertThatThrownBy(() -> api.call("GET", "/health", null))
                    .isInstanceOf(CliException.class)
                    .hasMessageContaining("no server answers at http://127.0.0.1:")
                    .satisfies(e -> assertThat(((CliException) e).next()).contains("execlaw up"));
        }
    }

    private ApiClient client(String token) {
        return new ApiClient(
                Urls.base(new ListenAddress("127.0.0.1", server.getAddress().getPort())), token);
    }

    private void answer(int status, String body) {
        server.createContext("/api/v1/", exchange -> {
            boolean authorised =
                    "Bearer right".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(authorised ? status : 401, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }
}
