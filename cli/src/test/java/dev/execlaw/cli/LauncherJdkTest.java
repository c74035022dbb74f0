package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.execlaw.cli.ScratchCheckout.Outcome;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher on a host without a JDK, against a small server that plays the publisher's API. */
final class LauncherJdkTest {

    private static final List<String> PROGRAMS = List.of(
            "cat",
            "cp",
            "curl",
            "cut",
            "date",
            "dirname",
            "env",
            "find",
            "flock",
            "grep",
            "gzip",
            "head",
            "id",
            "mkdir",
            "mktemp",
            "mv",
            "readlink",
            "rm",
            "sed",
            "sh",
            "sha256sum",
            "sort",
            "tar",
            "timeout",
            "tr",
            "uname",
            "xargs");

    @TempDir
    private Path directory;

    private ScratchCheckout checkout;
    private HttpServer server;
    private byte[] archive;

    @BeforeEach
    void make() throws IOException, InterruptedException {
        checkout = new ScratchCheckout(directory).with("PATH", pathWithoutJava());
        ScratchCheckout.jdk(directory.resolve("packed/jdk-25.0.9+1"), "25.0.9");
        Path packed = directory.resolve("jdk.tar.gz");
        Command.of(
                        "tar",
                        "-czf",
                        packed.toString(),
                        "-C",
                        directory.resolve("packed").toString(),
                        "jdk-25.0.9+1")
                .runOrThrow();
        archive = Files.readAllBytes(packed);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/jdk.tar.gz", exchange -> {
            exchange.sendResponseHeaders(200, archive.length);
            exchange.getResponseBody().write(archive);
            exchange.close();
        });
        server.start();
        checkout.with("EXECLAW_ADOPTIUM_URL", base());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void aJdkIsFetchedOnceWhenItsHashIsRight() throws Exception {
        publish(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(archive)));
        Outcome outcome = checkout.run("version");
        assertThat(outcome.status()).as(outcome.errors()).isZero();
        assertThat(outcome.output()).startsWith(checkout.cache() + "/jdk/temurin-");
        server.stop(0);
        assertThat(checkout.run("version").status()).isZero();
    }

    @Test
    void aWrongHashIsFatalAndLeavesNothing() throws Exception {
        publish("0".repeat(64));
        Outcome outcome = checkout.run("version");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.errors()).contains("has SHA-256", "expected " + "0".repeat(64));
        assertThat(checkout.cache().resolve("jdk")).doesNotExist();
        try (Stream<Path> left = Files.list(checkout.cache())) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void withoutAnySourceOneLineSaysWhatToDo() throws Exception {
        server.stop(0);
        Outcome outcome = checkout.run("version");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.errors())
                .startsWith("execlaw: no JDK 25 or newer was found")
                .hasLineCount(1);
    }

    private void publish(String checksum) {
        byte[] assets = """
                [ { "binary": { "architecture": "x64", "package": { "checksum": "%s",
                    "link": "%s/jdk.tar.gz", "name": "jdk.tar.gz", "size": 1 } } } ]
                """.formatted(checksum, base()).getBytes(StandardCharsets.UTF_8);
        server.createContext("/v3/assets/latest/25/hotspot", exchange -> {
            exchange.sendResponseHeaders(200, assets.length);
            exchange.getResponseBody().write(assets);
            exchange.close();
        });
    }

    private String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** A directory of links to the programs that the launcher uses, and nothing else. */
    private String pathWithoutJava() throws IOException {
        Path bin = Files.createDirectory(directory.resolve("bin"));
        for (String program : PROGRAMS) {
            Files.createSymbolicLink(bin.resolve(program), Path.of("/usr/bin").resolve(program));
        }
        return bin.toString();
    }
}
