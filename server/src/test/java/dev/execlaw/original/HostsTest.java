package dev.execlaw.original;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** What is read of the host, and what is asked of exe.dev; a local server answers as its pages say. */
final class HostsTest {

    @TempDir
    Path directory;

    @Test
    void memoryAndLoadAreReadAsTheKernelTellsThem() throws IOException {
        Files.writeString(directory.resolve("meminfo"), """
                MemTotal: 8192000 kB
                MemFree: 1024000 kB
                MemAvailable: 2048000 kB
                Buffers: 1024 kB
                Cached: 2048 kB
                SReclaimable: 1024 kB
                HugePages_Total: 0
                """);
        Files.writeString(directory.resolve("loadavg"), "0.50 1.25 2.00 1/234 5678\n");
        assertThat(HostReport.of(directory, 2, 9))
                .isEqualTo(new HostReport(8000, 6000, 2000, 1000, 4, 75.0, "0.50", "1.25", "2.00", 2, 9));
    }

    @Test
    void aMachineOfExeDevIsKnownByItsName() throws IOException {
        Path name = Files.writeString(directory.resolve("hostname"), "lobster\n");
        Path hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1 localhost\n");
        assertThat(ExeDev.isMachine(name, hosts)).isFalse();
        Files.writeString(hosts, "127.0.1.1 lobster.exe.xyz lobster # mine\n");
        assertThat(ExeDev.isMachine(name, hosts)).isTrue();
        Files.writeString(hosts, "10.0.0.9 other.exe.xyz other\n");
        assertThat(ExeDev.isMachine(name, hosts)).isFalse();
        Files.writeString(name, "lobster.exe.xyz\n");
        assertThat(ExeDev.isMachine(name, directory.resolve("none"))).isTrue();
    }

    @Test
    void aNewMachineIsOneCommandWithItsPromptQuoted() throws IOException {
        List<String> heard = new ArrayList<>();
        try (Endpoint exeDev = new Endpoint(200, "{\"vm_name\":\"m\"}", heard)) {
            ExeDev.NewMachine made = new ExeDev(true, exeDev.uri())
                    .create(new Bodies.NewMachine("my-vm", "it's \"done\"; $(rm)", "exe0.token"));
            assertThat(heard)
                    .containsExactly(
                            "Bearer exe0.token", "new --json --name=my-vm --prompt='it'\\''s \"done\"; $(rm)'");
            assertThat(JsonMapper.shared().writeValueAsString(made))
                    .isEqualTo("{\"ok\":true,\"vmName\":\"my-vm\","
                            + "\"url\":\"https://my-vm.exe.xyz/\",\"shelleyUrl\":\"https://my-vm.shelley.exe.xyz/\","
                            + "\"exedev\":{\"vm_name\":\"m\"}}");
            heard.clear();
            new ExeDev(true, exeDev.uri()).create(new Bodies.NewMachine("a", "\uD83E\uDD9E".repeat(20_000), "t"));
            assertThat(heard.getLast())
                    .endsWith("truncated due to size limit...]'")
                    .doesNotContain("\uFFFD");
        }
    }

    @Test
    void whatExeDevRefusesIsSaidWithoutTheToken() throws IOException {
        try (Endpoint exeDev = new Endpoint(401, "no", new ArrayList<>())) {
            ExeDev here = new ExeDev(true, exeDev.uri());
            assertThatThrownBy(() -> here.create(new Bodies.NewMachine("a", "p", "secret-token")))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("Invalid or expired exe.dev API token")
                    .hasMessageNotContaining("secret-token");
            assertThatThrownBy(() -> here.create(new Bodies.NewMachine("No Good", "p", "t")))
                    .hasMessageContaining("VM name must be lowercase");
            assertThatThrownBy(() -> here.create(new Bodies.NewMachine("a", "p", "t\r\nX: y")))
                    .hasMessageContaining("characters that no token has");
        }
        ExeDev elsewhere = new ExeDev(false, ExeDev.COMMANDS);
        assertThatThrownBy(() -> elsewhere.create(new Bodies.NewMachine("a", "p", "t")))
                .hasMessageContaining("not running on exe.dev platform");
    }

    /** Answers every request in the same way and keeps what it heard. */
    private static final class Endpoint implements AutoCloseable {

        private final HttpServer server;

        Endpoint(int status, String answer, List<String> heard) throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
            server.createContext("/exec", exchange -> {
                heard.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
                heard.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                byte[] body = answer.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/exec");
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
