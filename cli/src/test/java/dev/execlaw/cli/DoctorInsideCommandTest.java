package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
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

/** {@code execlaw doctor SESSION} against a small HTTP server that plays the daemon. */
final class DoctorInsideCommandTest {

    private static final String OK = check("disk", "ok", "900 MiB free", "");
    private static final String WARN = check("dns", "warn", "no answer", "nothing");
    private static final String FAIL = check("ca bundle", "fail", "missing", "put it back");

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
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

    private static String check(String name, String verdict, String seen, String todo) {
        return "{\"name\":\"%s\",\"verdict\":\"%s\",\"seen\":\"%s\",\"todo\":\"%s\"}"
                .formatted(name, verdict, seen, todo);
    }

    private void answer(int status, String body) {
        server.createContext("/api/v1/sessions/abc/doctor", exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(exchange.getRequestMethod().equals("POST") ? status : 405, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private void checks(String... checks) {
        answer(200, "{\"checks\":[" + String.join(",", checks) + "]}");
    }

    private int doctor(String... arguments) {
        List<String> all =
                new ArrayList<>(List.of("doctor", "--config", config.toString(), "--data-dir", directory.toString()));
        all.addAll(List.of(arguments));
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }

    @Test
    void allWellIsStatusZero() {
        checks(OK);
        assertThat(doctor("abc")).isZero();
        assertThat(out.toString()).isEqualToNormalizingNewlines("ok    disk             900 MiB free\n");
    }

    @Test
    void theWorstVerdictIsTheStatusAndWhatToDoIsShown() {
        checks(OK, WARN);
        assertThat(doctor("abc")).isEqualTo(1);
        server.removeContext("/api/v1/sessions/abc/doctor");
        checks(FAIL, WARN);
        assertThat(doctor("abc")).isEqualTo(2);
        assertThat(out.toString()).contains("fail  ca bundle        missing", "-> put it back");
    }

    @Test
    void jsonHasTheFormOfTheHostsDoctor() {
        checks(OK, WARN);
        assertThat(doctor("abc", "--json")).isEqualTo(1);
        JsonNode json = JsonMapper.shared().readTree(out.toString());
        assertThat(json.path("verdict").asString()).isEqualTo("warn");
        assertThat(json.at("/checks/1/check").asString()).isEqualTo("dns");
    }

    @Test
    void notToBeAbleToLookIsAFailure() {
        answer(409, "{\"code\":\"STATE_CONFLICT\",\"detail\":\"its agent must be idle\",\"next\":\"wait\"}");
        assertThat(doctor("abc")).isEqualTo(2);
        assertThat(out.toString()).contains("fail  session", "must be idle (STATE_CONFLICT)", "-> wait");
        server.stop(0);
        assertThat(doctor("abc")).isEqualTo(2);
        assertThat(out.toString()).contains("no server answers");
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThat(doctor("../x")).isEqualTo(1);
        assertThat(err.toString()).contains("is no session id");
        assertThat(doctor("abc", "--online")).isEqualTo(1);
        assertThat(err.toString()).contains("--online is about the host");
        checks(check("disk", "good", "much", ""));
        assertThat(doctor("abc")).isEqualTo(2);
        assertThat(out.toString()).contains("unknown verdict");
    }
}
