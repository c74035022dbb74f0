package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.execlaw.microvm.image.source.Architecture;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code image lock} and {@code setup firecracker}, from the command line to the files that they leave. */
@Timeout(120)
final class SourceCommandsTest {

    private static final String ARCH = Architecture.host().label();

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private HttpServer server;
    private byte[] program;
    private Path data;
    private Path config;

    @BeforeEach
    void start() throws IOException {
        program = Files.readAllBytes(Path.of("/bin/true").toRealPath());
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                boolean there = exchange.getRequestURI()
                        .getPath()
                        .equals("/nullclaw/releases/download/v2026.4.17/nullclaw-linux-" + ARCH + ".bin");
                exchange.sendResponseHeaders(there ? 200 : 404, there ? program.length : -1);
                if (there) {
                    exchange.getResponseBody().write(program);
                }
            }
        });
        server.start();
        String base = "http://127.0.0.1:" + server.getAddress().getPort();
        data = directory.resolve("d");
        config = Files.writeString(
                directory.resolve("c.toml"),
                "[sources]\nbucket = \"%1$s/bucket\"\nnullclaw = \"%1$s/nullclaw/releases\"\n".formatted(base)
                        + "firecracker = \"%s/firecracker/releases\"\n".formatted(base));
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void locksAPinnedAssetAndHoldsToIt() throws IOException {
        assertThat(run("image", "lock", "nullclaw")).as(err.toString()).isZero();
        assertThat(out.toString()).contains("nullclaw", "v2026.4.17", "written to");
        String lock = Files.readString(data.resolve("assets.lock"));
        assertThat(lock)
                .contains("path = \"download/v2026.4.17/nullclaw-linux-" + ARCH + ".bin\"", "size = " + program.length);

        program[program.length - 1] ^= 1;
        Path cached = data.resolve("cache/assets").resolve(hash(lock)).resolve("nullclaw-linux-" + ARCH + ".bin");
        Files.delete(cached);
        assertThat(run("image", "lock", "nullclaw")).isEqualTo(1);
        assertThat(err.toString()).contains("expected " + hash(lock)).doesNotContain("\tat ");
        assertThat(Files.readString(data.resolve("assets.lock"))).isEqualTo(lock);
    }

    @Test
    void aSourceThatLacksTheFileIsOneLine() {
        assertThat(run("image", "lock", "rootfs")).isEqualTo(1);
        assertThat(err.toString()).contains("answered 404").doesNotContain("\tat ");
        assertThat(run("image", "lock", "colonel")).isEqualTo(2);
    }

    @Test
    void withoutAHashFirecrackerIsNotFetched() {
        assertThat(run("setup", "firecracker")).isEqualTo(1);
        assertThat(err.toString()).contains("v1.16.1", "execlaw image lock", "--latest");
    }

    @Test
    void setsFirecrackerUpFromATarball() throws IOException, InterruptedException {
        String suffix = "-v1.16.1-" + ARCH;
        Path release = Files.createDirectories(directory.resolve("release" + suffix));
        Files.write(release.resolve("firecracker" + suffix), program);
        Files.write(release.resolve("jailer" + suffix), program);
        Path tarball = directory.resolve("firecracker" + suffix + ".tgz");
        Command.of("tar", "-C", directory.toString(), "-czf", tarball.toString(), "release" + suffix)
                .runOrThrow();
        assertThat(run("setup", "firecracker", "--tarball", tarball.toString()))
                .as(err.toString())
                .isZero();
        assertThat(data.resolve("firecracker/v1.16.1-" + ARCH + "/firecracker")).isExecutable();
        assertThat(run("setup", "firecracker", "--tarball", config.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("does not tell its version");
    }

    @Test
    void theDoctorLooksAtThisHost() {
        int status = run("doctor", "--no-probe", "--json");
        assertThat(status).isBetween(0, 2);
        assertThat(out.toString())
                .contains("\"check\" : \"architecture\"", "\"verdict\"")
                .doesNotContain("could not look");
    }

    private static String hash(String lock) {
        return lock.replaceAll("(?s).*sha256 = \"([0-9a-f]{64})\".*", "$1");
    }

    private int run(String... arguments) {
        String[] all = Arrays.copyOf(arguments, arguments.length + 4);
        all[arguments.length] = "--config";
        all[arguments.length + 1] = config.toString();
        all[arguments.length + 2] = "--data-dir";
        all[arguments.length + 3] = data.toString();
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
    }
}
