package dev.execlaw.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guest's small programs as processes: a key in the test's own directory, an agent on a terminal of the test's own. */
class GuestToolsTest {

    @TempDir
    private Path directory;

    private record Outcome(int status, String output) {}

    private Path script(String name) throws IOException {
        String resource = "/dev/execlaw/guest/overlay/usr/local/lib/execlaw/" + name;
        Path copy = directory.resolve(name);
        try (InputStream in = GuestToolsTest.class.getResourceAsStream(resource)) {
            Files.write(copy, Objects.requireNonNull(in, resource).readAllBytes());
        }
        return copy;
    }

    private Process begin(Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Outcome end(Process process) throws Exception {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Outcome(process.exitValue(), output);
    }

    @Test
    void theHostKeyIsMadeOnceWhoeverAsksFirst() throws Exception {
        String script = script("host-key").toString();
        Map<String, String> place =
                Map.of("EXECLAW_HOST_KEY", directory.resolve("key").toString());
        List<Process> askers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            askers.add(begin(place, "sh", script));
        }
        String first = end(askers.getFirst()).output();
        assertThat(first).matches("execlaw-host-key\tssh-ed25519\t[A-Za-z0-9+/=]{68}\n");
        for (Process asker : askers.subList(1, 8)) {
            assertThat(end(asker)).isEqualTo(new Outcome(0, first));
        }
        assertThat(Files.getPosixFilePermissions(directory.resolve("key"))).hasSize(2);
    }

    @Test
    void noKeyIsMadeInThePlaceOfOneThatTheHostGives() throws Exception {
        Path key = directory.resolve("key");
        Files.createSymbolicLink(key, directory.resolve("in-memory"));
        Map<String, String> place = Map.of("EXECLAW_HOST_KEY", key.toString());
        assertThat(end(begin(place, "sh", script("host-key").toString())))
                .isEqualTo(new Outcome(69, "execlaw-host-key: the host gives the key, and has not yet\n"));
        assertThat(Files.isSymbolicLink(key)).isTrue();
        assertThat(Files.exists(key)).isFalse();
    }

    @Test
    void whereNoKeyCanBeMadeItSaysSo() throws Exception {
        Map<String, String> place =
                Map.of("EXECLAW_HOST_KEY", directory.resolve("key").toString(), "PATH", "/nowhere");
        assertThat(end(begin(place, "/bin/sh", script("host-key").toString())))
                .isEqualTo(new Outcome(69, "execlaw-host-key: no program ssh-keygen\n"));
    }

    /** bash puts the last command in its own place, dash stays above it. */
    @ParameterizedTest
    @ValueSource(strings = {"/bin/bash", "/bin/sh"})
    void anInterruptEndsWhatTheAgentRunsAndNotTheAgent(String shell) throws Exception {
        // What a terminal was told last is lost when script(1) ends before the kernel has handed it on: hence a file.
        Path after = directory.resolve("after");
        Path agent = Files.writeString(directory.resolve("someagent"), """
                tty
                setsid sh -c 'trap "" INT; echo stubborn; sleep 300; echo never' &
                sh -c 'echo willing; sleep 301; echo never'
                wait
                echo goes on >'%s'
                """.formatted(after));
        Process terminal = begin(Map.of("SHELL", shell), "script", "-qec", "sh " + agent + " agent", "/dev/null");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(terminal.getInputStream(), StandardCharsets.UTF_8))) {
            String tty = lines.readLine();
            assertThat(List.of(lines.readLine(), lines.readLine())).containsExactlyInAnyOrder("stubborn", "willing");
            Map<String, String> console = Map.of("EXECLAW_CONSOLE", tty);
            String script = script("interrupt-tool").toString();
            assertThat(end(begin(console, "sh", script, "someagent", "1")).output())
                    .matches("execlaw-interrupt\t[1-9]\\d*\n");
            assertThat(lines.lines()).doesNotContain("never");
            assertThat(terminal.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(terminal.exitValue()).isZero();
            assertThat(after).hasContent("goes on");
            assertThat(end(begin(console, "sh", script, "someagent")))
                    .isEqualTo(new Outcome(69, "interrupt-tool: no someagent on the console\n"));
        } finally {
            terminal.destroyForcibly();
        }
    }

    @Test
    void anInterruptLeavesTheAgentsCallOfItsModelAlone() throws Exception {
        Path curl = Files.writeString(directory.resolve("curl"), """
                #!/bin/sh
                echo calling
                sleep 3
                echo answered >'%s'
                """.formatted(directory.resolve("answer")));
        Files.setPosixFilePermissions(curl, PosixFilePermissions.fromString("rwx------"));
        Path agent = Files.writeString(directory.resolve("someagent"), """
                tty
                '%s' -s http://gateway.local:8787/s/x/v1/chat/completions
                true
                """.formatted(curl));
        Process terminal = begin(Map.of("SHELL", "/bin/bash"), "script", "-qec", "sh " + agent + " agent", "/dev/null");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(terminal.getInputStream(), StandardCharsets.UTF_8))) {
            Map<String, String> console = Map.of("EXECLAW_CONSOLE", lines.readLine());
            assertThat(lines.readLine()).isEqualTo("calling");
            assertThat(end(begin(console, "sh", script("interrupt-tool").toString(), "someagent", "1")))
                    .isEqualTo(new Outcome(0, "execlaw-interrupt\t0\n"));
            assertThat(terminal.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(directory.resolve("answer")).hasContent("answered");
        } finally {
            terminal.destroyForcibly();
        }
    }
}
