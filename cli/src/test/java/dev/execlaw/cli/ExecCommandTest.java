package dev.execlaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code execlaw exec} against a small HTTP server that plays the daemon. */
final class ExecCommandTest {

    @TempDir
    Path directory;

    private final StringWriter err = new StringWriter();
    private final AtomicReference<JsonNode> asked = new AtomicReference<>();
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

    private void answer(int status, String body) {
        server.createContext("/api/v1/sessions/abc/exec", exchange -> {
            asked.set(JsonMapper.shared().readTree(exchange.getRequestBody()));
            byte[] bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private int exec(String... arguments) {
        List<String> all = new ArrayList<>(
                List.of("exec", "-n", "--config", config.toString(), "--data-dir", directory.toString()));
        all.addAll(List.of(arguments));
        StringWriter out = new StringWriter();
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }

    private static String exit(String fields) {
        return "event: exit\ndata: {" + fields + "}\n\n";
    }

    @Test
    void theRequestIsWhatWasTyped() {
        answer(200, exit("\"status\": 42"));
        assertThat(exec("--timeout", "5", "--cwd", "/srv", "--env", "A=b c", "abc", "--", "ls", "-l", "a 'b'"))
                .isEqualTo(42);
        assertThat(asked.get().path("command").asString()).isEqualTo("ls -l 'a '\\''b'\\'''");
        assertThat(asked.get().path("timeoutS").asInt()).isEqualTo(5);
        assertThat(asked.get().path("cwd").asString()).isEqualTo("/srv");
        assertThat(asked.get().path("env").path("A").asString()).isEqualTo("b c");
        assertThat(asked.get().has("stdinBase64")).isFalse();
    }

    @Test
    void oneWordIsTextForAShell() {
        answer(200, exit("\"status\": 0"));
        assertThat(exec("abc", "--", "ls | wc -l")).isZero();
        assertThat(asked.get().path("command").asString()).isEqualTo("ls | wc -l");
    }

    @Test
    void statusesThatAreNoneOfTheCommandsOwnFollowTheShells() {
        answer(200, exit("\"status\": null, \"signal\": \"KILL\""));
        assertThat(exec("abc", "--", "x")).isEqualTo(137);
        server.removeContext("/api/v1/sessions/abc/exec");
        answer(200, exit("\"status\": null, \"signal\": \"KILL\", \"timedOut\": true"));
        assertThat(exec("abc", "--", "x")).isEqualTo(124);
    }

    @Test
    void whatCouldNotBeRunIs125WithAReason() {
        answer(409, "{\"code\":\"EXEC_UNAVAILABLE\",\"detail\":\"no way in\",\"next\":\"use the console\"}");
        assertThat(exec("abc", "--", "x")).isEqualTo(125);
        assertThat(err.toString()).contains("no way in (EXEC_UNAVAILABLE) -- do: use the console");
        server.removeContext("/api/v1/sessions/abc/exec");
        answer(200, "event: error\ndata: {\"detail\":\"it broke\",\"next\":\"again\"}\n\n");
        assertThat(exec("abc", "--", "x")).isEqualTo(125);
        server.removeContext("/api/v1/sessions/abc/exec");
        answer(200, "");
        assertThat(exec("abc", "--", "x")).isEqualTo(125);
        server.stop(0);
        assertThat(exec("abc", "--", "x")).isEqualTo(125);
    }

    @Test
    void bytesArriveAsTheyWere() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        ExecCommand.Outputs outputs = new ExecCommand.Outputs(out, errors);
        JsonMapper json = JsonMapper.shared();
        outputs.event("stdout", json.readTree("{\"text\":\"€\",\"base64\":null}"));
        outputs.event("stdout", json.readTree("{\"text\":null,\"base64\":\"/wA=\"}"));
        outputs.event("stderr", json.readTree("{\"text\":\"e\",\"base64\":null}"));
        assertThatThrownBy(outputs::status).isInstanceOf(CliException.class);
        outputs.event("exit", json.readTree("{\"status\":0,\"truncated\":true}"));
        assertThat(outputs.status()).isZero();
        assertThat(out.toByteArray()).isEqualTo(new byte[] {(byte) 0xe2, (byte) 0x82, (byte) 0xac, (byte) 0xff, 0});
        assertThat(errors.toString(UTF_8)).startsWith("e").contains("is not whole");
    }
}
