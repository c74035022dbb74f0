package dev.execlaw.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reference agent as a process, against a model on loopback. Needs python3 (3.11 or newer) on the machine. */
class ReferenceAgentTest {

    private static final String BANNER = """
            nullclaw Agent -- Interactive Mode
            Provider: execlaw | Model: vendor/big
            Streaming: enabled
            Type your message (Ctrl+D or 'exit' to quit):

            """;

    @TempDir
    private Path home;

    private final Map<String, String> environment = new HashMap<>();
    private FakeModel model;
    private Process agent;

    @BeforeEach
    void start() throws Exception {
        model = new FakeModel();
        config("");
        Path program = home.resolve("nullclaw");
        try (InputStream in = ReferenceAgentTest.class.getResourceAsStream("/dev/execlaw/guest/agent/execlaw-agent")) {
            Files.copy(Objects.requireNonNull(in, "execlaw-agent is not on the class path"), program);
        }
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterEach
    void stop() throws Exception {
        if (agent != null) {
            agent.destroyForcibly().waitFor();
        }
        model.close();
    }

    private void config(String more) throws IOException {
        Files.createDirectories(home.resolve(".nullclaw"));
        Files.writeString(
                home.resolve(".nullclaw/config.json"),
                "{\"unknown\": 1, \"agents\": {\"defaults\": {\"model\": {\"primary\": \"execlaw/vendor/big\"}}}, \"models\":"
                        + " {\"providers\": {\"execlaw\": {\"base_url\": \"http://127.0.0.1:" + model.port()
                        + "/v1\", \"api_key\": \"t\"}}}" + more + "}");
    }

    private Process launch(String... arguments) {
        ProcessBuilder builder = new ProcessBuilder();
        builder.command().add(home.resolve("nullclaw").toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("HOME", home.toString());
        builder.environment().putAll(environment);
        builder.directory(home.toFile());
        builder.redirectOutput(home.resolve("out").toFile())
                .redirectError(home.resolve("err").toFile());
        try {
            agent = builder.start();
            return agent;
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the reference agent does not start; is python3 (3.11 or newer) installed?", e);
        }
    }

    @Test
    void itWaitsForTheReleaseBeforeItReadsItsConfigurationOrItsInput() throws Exception {
        Path gate = home.resolve("go");
        Path config = home.resolve(".nullclaw/config.json");
        String real = Files.readString(config);
        Files.delete(config);
        environment.put("EXECLAW_WAIT", gate.toString());
        launch("agent");
        model.says("Hi.");
        type("hello\n");
        await("the agent made the gate").atMost(30, TimeUnit.SECONDS).until(() -> Files.exists(gate));
        interrupt();
        Files.writeString(config, real);
        await("the agent waits").atMost(30, TimeUnit.SECONDS).until(() -> opened(gate));
        awaitOut(BANNER + "> Hi.\n\n> ");
        assertThat(run("env; ls /proc/self/fd | wc -l")).doesNotContain("EXECLAW_WAIT");
        assertThat(Files.readString(home.resolve("err"))).doesNotContain("attempt");
    }

    /** Opens the gate if somebody waits at it: else an open for writing that does not wait fails (fifo(7)). */
    private boolean opened(Path gate) throws Exception {
        assertThat(out()).isEmpty();
        String open = "import os, sys; os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)";
        ProcessBuilder builder = new ProcessBuilder("python3", "-c", open, gate.toString());
        return builder.redirectError(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    }

    private void repl() {
        launch("agent");
        awaitOut(BANNER + "> ");
    }

    private String out() throws IOException {
        return Files.readString(home.resolve("out"));
    }

    private void awaitOut(String end) {
        await("output ending with <" + end + ">").atMost(30, TimeUnit.SECONDS).until(() -> out().endsWith(end));
    }

    private void type(String text) throws IOException {
        agent.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        agent.getOutputStream().flush();
    }

    private void interrupt() throws Exception {
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(agent.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private int status() throws InterruptedException {
        assertThat(agent.waitFor(20, TimeUnit.SECONDS)).as("the agent ended").isTrue();
        return agent.exitValue();
    }

    /** Content of the tool message in the newest request, as JSON text without its quotes. */
    private String toolMessage() {
        String request = model.requests.getLast();
        String start = "\"content\": \"";
        int at = request.indexOf(start, request.indexOf("\"role\": \"tool\"")) + start.length();
        return request.substring(at, request.indexOf("\"}", at));
    }

    /** Runs one command as a tool and gives what the model is told. */
    private String run(String command) throws Exception {
        int before = out().length();
        model.calls("shell", "{\"command\":" + FakeModel.json(command) + "}");
        model.says("ok");
        type("go\n");
        await().atMost(30, TimeUnit.SECONDS).until(() -> out().length() > before && out().endsWith("ok\n\n> "));
        String told = toolMessage();
        type("/new\n");
        awaitOut("forgotten.\n\n> ");
        return told;
    }

    @Test
    void theTranscriptIsNullclaws() throws Exception {
        repl();
        model.says("Hi \u001b[31mthere\u0007.");
        type("hello\n\n/help\n");
        awaitOut("Ctrl-D)\n\n> ");
        assertThat(out()).startsWith(BANNER + "> Hi [31mthere.\n\n> > \n/help");
        model.answers("400");
        type("again\n");
        awaitOut("\nError: error.Http400\n\n> ");
        assertThat(Files.readString(home.resolve("err"))).contains("memory plan resolved", "Model:    vendor/big");
        assertThat(model.requests).hasSize(2);
        assertThat(model.requests.getFirst())
                .contains("\"model\": \"vendor/big\"", "\"stream\": true", "\"include_usage\": true", "\"file_write\"");
        type("exit\n");
        assertThat(status()).isZero();
    }

    @Test
    void aLineIsReadIn4096BytesAndTheEndOfInputEndsIt() throws Exception {
        repl();
        model.says("one");
        model.says("two");
        type("a".repeat(4096) + "b\n");
        awaitOut("> one\n\n> two\n\n> ");
        assertThat(model.requests.get(1)).contains("\"" + "a".repeat(4096) + "\"", "\"b\"");
        agent.getOutputStream().close();
        assertThat(status()).isZero();
    }

    @Test
    void commandsTellTheirOutputAndExitCode() throws Exception {
        repl();
        assertThat(run("echo out; echo err >&2; exit 3")).isEqualTo("out\\nerr\\n[exit code: 3]");
        assertThat(run("printf x; kill -9 $$")).isEqualTo("x\\n[exit code: 137]");
        assertThat(run("cat; tty")).as("no input, no terminal").isEqualTo("not a tty\\n[exit code: 1]");
        assertThat(run("head -c 5000000 /dev/zero | tr '\\0' z"))
                .matches(
                        "z{65536}\\\\n\\[\\.\\.\\. 4868928 bytes left out \\.\\.\\.]\\\\nz{65536}\\\\n\\[exit code: 0]");
    }

    @Test
    void aCommandsBackgroundDoesNotHoldTheTurn() throws Exception {
        repl();
        String told = run("sleep 120 & echo $!");
        assertThat(told).matches("\\d+\\\\n\\[exit code: 0]");
        ProcessHandle background =
                ProcessHandle.of(Long.parseLong(told.replaceAll("\\D.*", ""))).orElseThrow();
        assertThat(background.isAlive()).isTrue();
        assertThat(run("echo next")).isEqualTo("next\\n[exit code: 0]");
        background.destroyForcibly();
    }

    @Test
    void aCommandThatTakesTooLongIsKilledWithItsGroup() throws Exception {
        config(", \"tools\": {\"shell_timeout_secs\": 1}");
        repl();
        assertThat(run("echo begun; trap '' TERM; sleep 120 & sleep 120")).isEqualTo("begun\\n[timed out after 1 s]");
        assertThat(agent.toHandle().descendants()).isEmpty();
    }

    @Test
    void anInterruptKillsTheToolAndOnlyThat() throws Exception {
        repl();
        interrupt();
        model.calls("shell", "{\"command\":\"echo $$ > pid; sleep 120\"}");
        model.says("ok");
        type("go\n");
        await().atMost(20, TimeUnit.SECONDS).until(() -> Files.exists(home.resolve("pid")));
        interrupt();
        awaitOut("ok\n\n> ");
        assertThat(toolMessage()).isEqualTo("[interrupted]");
        assertThat(agent.toHandle().descendants()).isEmpty();
        type("/new\n");
        assertThat(run("echo again")).isEqualTo("again\\n[exit code: 0]");
    }

    @Test
    void filesAreReadAndWritten() throws Exception {
        repl();
        model.calls("file_write", "{\"path\":\"d/e/f\",\"content\":\"a\\nb\"}");
        model.calls("file_read", "{\"path\":\"d/e/f\",\"offset\":2}");
        model.calls("file_read", "{\"path\":\"none\"}");
        model.calls("file_read", "{\"pth\":1}");
        model.calls("dance", "broken");
        model.says("done");
        type("go\n");
        awaitOut("done\n\n> ");
        assertThat(Files.readString(home.resolve("d/e/f"))).isEqualTo("a\nb");
        assertThat(model.requests.getLast())
                .contains(
                        "wrote 3 bytes to d/e/f",
                        "\"content\": \"b\"",
                        "Error: [Errno 2] No such file",
                        "Error: bad arguments for file_read",
                        "Error: there is no tool 'dance'");
    }

    @Test
    void aCallIsRepeatedOnlyWhileNothingCame() throws Exception {
        repl();
        model.answers("500");
        model.answers("429");
        model.says("third");
        type("go\n");
        awaitOut("third\n\n> ");
        assertThat(model.requests).hasSize(2 + 1);
        model.answers("data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n");
        type("go\n");
        awaitOut("half\nError: error.NetworkError\n\n> ");
        assertThat(model.requests).hasSize(3 + 1);
    }

    @Test
    void oneMessageByArgument() throws Exception {
        model.says("the answer");
        launch("agent", "-m", "what?");
        assertThat(status()).isZero();
        assertThat(out()).isEqualTo("the answer\n");
        model.answers("400");
        launch("agent", "-m", "what?");
        assertThat(status()).isEqualTo(1);
    }

    @Test
    void aBadConfigHasNoBannerAndStatusZeroAsWithNullclaw() throws Exception {
        Files.writeString(home.resolve(".nullclaw/config.json"), "{}");
        launch("agent");
        assertThat(status()).isZero();
        assertThat(out()).isEmpty();
        assertThat(Files.readString(home.resolve("err"))).contains("agents.defaults.model.primary");
        launch("--version");
        assertThat(status()).isZero();
        assertThat(out()).startsWith("execlaw-agent ");
    }
}
