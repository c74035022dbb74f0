package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher and its commands, used wrongly: one line that says what and what to do, status 1, nothing half-made. */
final class CommandLineTest {

    record Outcome(int status, String output) {}

    @Test
    void aPortInUseIsNamed(@TempDir Path directory) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Outcome outcome = run(
                    "up",
                    "--data-dir",
                    directory.resolve("data").toString(),
                    "--listen",
                    "127.0.0.1:" + taken.getLocalPort());
            assertRefused(outcome, Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void aDataDirectoryThatCannotBeMadeIsNamed(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "not a directory");
        assertRefused(run("up", "--data-dir", file.resolve("data").toString()), file.toString());
    }

    @Test
    void anUnknownConfigKeyIsNamedWithItsNeighbour(@TempDir Path directory) throws Exception {
        Path config = Files.writeString(directory.resolve("execlaw.toml"), "[server]\nlistn = \"127.0.0.1:1\"\n");
        Outcome outcome = run(
                "up",
                "--config",
                config.toString(),
                "--data-dir",
                directory.resolve("data").toString());
        assertRefused(outcome, "listn");
        assertThat(outcome.output()).contains("listen");
    }

    @Test
    void configShowDocumentsEveryKey() throws Exception {
        Outcome outcome = run("config", "show");
        assertThat(outcome.status()).isZero();
        assertThat(outcome.output()).contains("[server]", "listen", "[vm]");
    }

    private static void assertRefused(Outcome outcome, String named) {
        assertThat(outcome.status()).as(outcome.output()).isEqualTo(1);
        assertThat(outcome.output()).contains(named).doesNotContain("Exception", "\tat ");
    }

    private static Outcome run(String... arguments) throws IOException, InterruptedException {
        return run(Map.of(), arguments);
    }

    static Outcome run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("execlaw.root"), "execlaw").toString());
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("execlaw-e2e", ".log");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end within 60 s: " + Files.readString(output));
            }
            return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }
}
