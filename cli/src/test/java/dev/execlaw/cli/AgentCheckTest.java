package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.execlaw.cli.AgentCheck.Line;
import dev.execlaw.cli.AgentCheck.State;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check against a server that is a few answers; what it says of a real one is tried on real machines. */
class AgentCheckTest {

    @TempDir
    private Path directory;

    private HttpServer server;
    private final List<Line> lines = new ArrayList<>();
    private volatile String view = "{}";

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/v1/sessions", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = exchange.getRequestMethod().equals("POST") ? "{\"id\": \"abc\"}" : view;
        boolean deleting = exchange.getRequestMethod().equals("DELETE");
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(deleting ? 204 : 200, deleting ? -1 : bytes.length);
        if (!deleting) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    private AgentCheck check() throws InterruptedException {
        AgentCheck check = new AgentCheck(lines::add);
        URI base = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        try (ApiClient api = new ApiClient(base, "token")) {
            check.run(new AgentTalk(api, directory));
        }
        return check;
    }

    @Test
    void anAgentThatDoesNotStartIsSaidWhyAndTheRestIsSkippedButTheMachineIsDeleted() throws InterruptedException {
        view = "{\"state\": \"running\", \"agentState\": \"failed\", \"error\": {\"detail\": \"it exited\\nwith 0\"}}";
        assertThat(check().lines()).isEqualTo(lines);
        assertThat(lines.getFirst().state()).isEqualTo(State.FAILED);
        assertThat(lines.getFirst().detail()).isEqualTo("it exited with 0");
        assertThat(lines.subList(1, lines.size() - 1))
                .hasSize(14)
                .allSatisfy(line -> assertThat(line.state()).isEqualTo(State.SKIPPED));
        assertThat(lines.getLast().name()).isEqualTo("deletion");
        assertThat(lines.getLast().state()).isEqualTo(State.OK);
    }

    @Test
    void aMachineThatIsLeftOverIsNamed() throws Exception {
        AgentCheck check = new AgentCheck(lines::add);
        Path machines = Files.createDirectory(directory.resolve("machines"));
        check.leftovers(directory);
        Files.createDirectory(machines.resolve("abc"));
        check.leftovers(directory);
        assertThat(lines).extracting(Line::state).containsExactly(State.OK, State.FAILED);
        assertThat(lines.getLast().detail()).contains("abc");
    }
}
