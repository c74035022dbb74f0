package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.gateway.GatewaySession.MessageText;
import dev.execlaw.gateway.GatewaySession.Route;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real reference agent, the real gateway and the built-in model talk to each other. Needs python3 on the machine. */
class ReferenceAgentConversationTest {

    @TempDir
    private Path home;

    private GatewayFixture fixture;
    private Process agent;
    private int turns;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture(GatewaySettings.DEFAULTS);
        fixture.route = new Route("demo", "demo", null, null, null, null);
    }

    @AfterEach
    void stop() throws Exception {
        agent.destroyForcibly().waitFor();
        fixture.close();
    }

    private void startAgent(boolean nativeTools, boolean streaming) throws Exception {
        InetSocketAddress address = fixture.openTcp("s1");
        Files.createDirectories(home.resolve(".nullclaw"));
        Files.writeString(home.resolve(".nullclaw/config.json"), """
                {"agents": {"defaults": {"model": {"primary": "execlaw/demo"}}},
                 "models": {"providers": {"execlaw": {"base_url": "http://127.0.0.1:%d/s/s1/v1", "api_key": "%s",
                                                      "native_tools": %s, "streaming": %s}}}}
                """.formatted(
                        address.getPort(), GatewayFixture.TOKEN, nativeTools, streaming));
        Path program = home.resolve("nullclaw");
        try (InputStream resource =
                ReferenceAgentConversationTest.class.getResourceAsStream("/dev/execlaw/guest/agent/execlaw-agent")) {
            Files.copy(Objects.requireNonNull(resource, "execlaw-agent is not on the class path"), program);
        }
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        ProcessBuilder builder = new ProcessBuilder(program.toString(), "agent");
        builder.environment().put("HOME", home.toString());
        builder.directory(home.toFile());
        builder.redirectOutput(home.resolve("out").toFile())
                .redirectError(home.resolve("err").toFile());
        try {
            agent = builder.start();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the reference agent does not start; is python3 (3.11 or newer) installed?", e);
        }
        awaitPrompt(0);
    }

    private String out() throws IOException {
        return Files.readString(home.resolve("out"));
    }

    private void awaitPrompt(int before) {
        await("the prompt of the agent").atMost(30, TimeUnit.SECONDS).until(() -> {
            String out = out();
            return out.length() > before && out.endsWith("\n\n> ");
        });
    }

    /** Gives the agent a message by reference and waits for the prompt. */
    private void turn(String text) throws Exception {
        int before = out().length();
        send(text);
        awaitPrompt(before);
    }

    private void send(String text) throws Exception {
        String token = MessageReference.create();
        fixture.texts.put(token, new MessageText("turn" + ++turns, text));
        agent.getOutputStream().write((token + "\n").getBytes(StandardCharsets.US_ASCII));
        agent.getOutputStream().flush();
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void aWholeConversation(boolean nativeTools, boolean streaming) throws Exception {
        startAgent(nativeTools, streaming);
        turn("run echo $((6*7)); exit 3");
        turn("write " + home + "/f/a.txt two\nlines 🦞");
        turn("read " + home + "/f/a.txt");
        turn("\u0003\u0004 - [x] hello\n" + "y".repeat(100_000));
        assertThat(Files.readString(home.resolve("f/a.txt"))).isEqualTo("two\nlines 🦞");
        assertThat(fixture.traffic.log())
                .filteredOn(line -> !line.startsWith("usage"))
                .containsExactly(
                        "started turn1",
                        "message I run the command." + (nativeTools ? "" : "\n"),
                        "tool_call #1 shell {\"command\":\"echo $((6*7)); exit 3\"}",
                        "finished",
                        "tool_result #1 error 3 42",
                        "started turn1",
                        "message The command ended with exit code 3:\n\n```\n42\n```",
                        "finished last",
                        "started turn2",
                        "message I write the file." + (nativeTools ? "" : "\n"),
                        "tool_call #2 file_write {\"path\":\"" + home + "/f/a.txt\",\"content\":\"two\\nlines 🦞\"}",
                        "finished",
                        "tool_result #2 ok null wrote 14 bytes to " + home + "/f/a.txt",
                        "started turn2",
                        "message The tool says ok:\n\n```\nwrote 14 bytes to " + home + "/f/a.txt\n```",
                        "finished last",
                        "started turn3",
                        "message I read it." + (nativeTools ? "" : "\n"),
                        "tool_call #3 file_read {\"path\":\"" + home + "/f/a.txt\"}",
                        "finished",
                        "tool_result #3 ok null two\nlines 🦞",
                        "started turn3",
                        "message The tool says ok:\n\n```\ntwo\nlines 🦞\n```",
                        "finished last",
                        "started turn4",
                        "message I received 100015 characters in 2 lines. The first line: \u0003\u0004 - [x] hello\n\n"
                                + DemoScript.HELP,
                        "finished last");
        assertThat(out()).doesNotContain("the real text").contains("exit code 3");
        agent.getOutputStream().close();
        assertThat(agent.waitFor(10, TimeUnit.SECONDS))
                .as("ends with its input")
                .isTrue();
        assertThat(agent.exitValue()).isZero();
    }

    @Test
    void anInterruptEndsTheToolAndTheTurnAndNothingElse() throws Exception {
        startAgent(true, true);
        int before = out().length();
        send("run sleep 300 & wait");
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> agent.toHandle().descendants().count() >= 2);
        fixture.gateway.interrupt("s1");
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(agent.pid()))
                        .start()
                        .waitFor())
                .isZero();
        awaitPrompt(before);
        assertThat(agent.toHandle().descendants()).as("the tool's processes").isEmpty();
        assertThat(fixture.traffic.log())
                .filteredOn(line -> line.startsWith("tool_result"))
                .containsExactly("tool_result #1 error null [interrupted]");
        assertThat(fixture.traffic.log().getLast()).isEqualTo("finished last");
        assertThat(out()).contains(Call.STOPPED);
        fixture.gateway.resume("s1");
        turn("run echo still here");
        assertThat(fixture.traffic.log()).contains("tool_result #2 ok 0 still here");
    }

    @Test
    void anInterruptWhileTheModelSpeaksEndsTheTurn() throws Exception {
        startAgent(true, true);
        int before = out().length();
        send("slow 5");
        await().atMost(20, TimeUnit.SECONDS).until(() -> out().contains("word2"));
        fixture.gateway.interrupt("s1");
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(agent.pid()))
                        .start()
                        .waitFor())
                .isZero();
        awaitPrompt(before);
        assertThat(out()).contains("\n\n" + Call.STOPPED).doesNotContain("word50");
        fixture.gateway.resume("s1");
        turn("hello");
        assertThat(fixture.traffic.log()).last().isEqualTo("finished last");
    }
}
