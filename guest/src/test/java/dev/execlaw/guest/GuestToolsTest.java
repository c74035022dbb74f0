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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

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

    /** How the guest is told to end what its agent runs. */
    enum Way {
        /** The command, by SSH. */
        SCRIPT,
        /** The order at the wake-up port; here without the port. */
        PROGRAM
    }

    /** @param patience in seconds; behind it, for the program alone, may come when SIGTERM does */
    private Process interrupt(Way way, String console, String agent, String... patience) throws IOException {
        Map<String, String> environment = Map.of("EXECLAW_CONSOLE", console);
        return switch (way) {
            case SCRIPT -> begin(environment, "sh", script("interrupt-tool").toString(), agent, patience[0]);
            case PROGRAM -> {
                for (String module : List.of("Files", "Interrupt", "Kernel")) {
                    Files.createDirectories(directory.resolve("Execlaw"));
                    script("Execlaw/" + module + ".pm");
                }
                String call = "print \"execlaw-interrupt\\t\", interrupt_tools(@ARGV), \"\\n\"";
                List<String> command =
                        new ArrayList<>(List.of("perl", "-I" + directory, "-MExeclaw::Interrupt", "-e", call, agent));
                command.addAll(List.of(patience));
                yield begin(environment, command.toArray(String[]::new));
            }
        };
    }

    /** bash puts the last command in its own place, dash stays above it. */
    @ParameterizedTest
    @CsvSource({"SCRIPT, /bin/bash", "SCRIPT, /bin/sh", "PROGRAM, /bin/bash", "PROGRAM, /bin/sh"})
    void anInterruptEndsWhatTheAgentRunsAndNotTheAgent(Way way, String shell) throws Exception {
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
            assertThat(end(interrupt(way, tty, "/somewhere/someagent", "1")).output())
                    .matches("execlaw-interrupt\t[1-9]\\d*\n");
            assertThat(lines.lines()).doesNotContain("never");
            assertThat(terminal.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(terminal.exitValue()).isZero();
            assertThat(after).hasContent("goes on");
            Outcome nobody = end(interrupt(way, tty, "someagent", "1"));
            assertThat(nobody.status()).isNotZero();
            assertThat(nobody.output()).endsWith("no someagent on the console\n");
        } finally {
            terminal.destroyForcibly();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptLeavesTheAgentsCallOfItsModelAlone(Way way) throws Exception {
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
            String tty = lines.readLine();
            assertThat(lines.readLine()).isEqualTo("calling");
            assertThat(end(interrupt(way, tty, "someagent", "1"))).isEqualTo(new Outcome(0, "execlaw-interrupt\t0\n"));
            assertThat(terminal.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(directory.resolve("answer")).hasContent("answered");
        } finally {
            terminal.destroyForcibly();
        }
    }

    /** A terminal's agent that runs one command in a session of its own, and tells how long after an interrupt it ended. */
    private void endsBy(String signal, String command, String... patience) throws Exception {
        Path after = directory.resolve("after");
        Path agent = Files.writeString(directory.resolve("someagent"), """
                tty
                # Who builds in the background has SIGINT ignored, and a shell cannot take that back.
                setsid -w env --default-signal=INT sh -c '%s'
                echo "$?" >'%s'
                """.formatted(command, after));
        Process terminal = begin(Map.of("SHELL", "/bin/sh"), "script", "-qec", "sh " + agent + " agent", "/dev/null");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(terminal.getInputStream(), StandardCharsets.UTF_8))) {
            String tty = lines.readLine();
            assertThat(lines.readLine()).isEqualTo("works");
            long begin = System.nanoTime();
            assertThat(end(interrupt(Way.PROGRAM, tty, "someagent", patience)).output())
                    .matches("execlaw-interrupt\t[1-9]\\d*\n");
            long took = System.nanoTime() - begin;
            assertThat(terminal.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(after).hasContent(signal);
            assertThat(took).isLessThan(TimeUnit.SECONDS.toNanos(Long.parseLong(patience[0])));
        } finally {
            terminal.destroyForcibly();
        }
    }

    @Test
    void aToolThatEndsItselfBySigintMayDoSo() throws Exception {
        endsBy("7", "trap \"exit 7\" INT; echo works; while :; do sleep 1; done", "20", "15");
    }

    @Test
    void aToolThatIgnoresSigintGetsSigterm() throws Exception {
        endsBy("143", "trap \"\" INT; echo works; while :; do sleep 1; done", "20");
    }

    @Test
    void aToolThatIgnoresBothIsKilledWithAllThatItLeftInItsGroup() throws Exception {
        Path left = directory.resolve("left");
        Path agent = Files.writeString(directory.resolve("someagent"), """
                tty
                setsid -w sh -c 'trap "" INT TERM; sh -c "echo \\$\\$ >%s; exec sleep 300" & (sleep 301 & sleep 302 &)
                  until test -s %s; do :; done; echo works; wait'
                """.formatted(left, left));
        Process terminal = begin(Map.of("SHELL", "/bin/sh"), "script", "-qec", "sh " + agent + " agent", "/dev/null");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(terminal.getInputStream(), StandardCharsets.UTF_8))) {
            String tty = lines.readLine();
            assertThat(lines.readLine()).isEqualTo("works");
            assertThat(end(interrupt(Way.PROGRAM, tty, "someagent", "0.5")))
                    .as("the shell, what it waits for, and the two that it left behind")
                    .isEqualTo(new Outcome(0, "execlaw-interrupt\t4\n"));
            assertThat(terminal.waitFor(10, TimeUnit.SECONDS)).isTrue();
            Path sleeper = Path.of("/proc", Files.readString(left).strip(), "stat");
            assertThat(Files.exists(sleeper) ? Files.readString(sleeper) : ") Z")
                    .as("gone, or not collected yet")
                    .contains(") Z");
        } finally {
            terminal.destroyForcibly();
        }
    }
}
