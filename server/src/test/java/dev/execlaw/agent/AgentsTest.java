package dev.execlaw.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.image.Image;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AgentsTest {

    @TempDir
    private Path directory;

    private static final AgentSettings SETTINGS =
            new AgentSettings("http://10.200.0.1:8787/s/abc/v1", "guest-token", "demo", "be brief", 0.5, 100);

    @Test
    void theConfigurationPointsAtTheGatewayAndLetsTheAgentWork() {
        AgentAdapter agent = Agents.BUILT_IN
                .find("nullclaw", new Image.Agent("nullclaw", "2026.4.17"))
                .orElseThrow();
        GuestFile config = agent.files(SETTINGS).stream()
                .filter(file -> file.path().equals("/root/.nullclaw/config.json"))
                .findFirst()
                .orElseThrow();
        assertThat(config.mode()).isEqualTo(0600);
        JsonNode json = new JsonMapper().readTree(config.content());
        assertThat(json.at("/models/providers/execlaw/base_url").asString()).isEqualTo(SETTINGS.baseUrl());
        assertThat(json.at("/models/providers/execlaw/api_key").asString()).isEqualTo("guest-token");
        assertThat(json.at("/agents/defaults/model/primary").asString()).isEqualTo("execlaw/demo");
        assertThat(json.at("/messages/inbound/debounce_ms").asInt(-1)).isZero();
        assertThat(json.at("/agent/enable_pii_redaction").asBoolean(true)).isFalse();
        assertThat(json.at("/autonomy/level").asString()).isEqualTo("full");
        assertThat(json.at("/security/sandbox/backend").asString()).isEqualTo("none");
        assertThat(json.at("/default_temperature").asDouble()).isEqualTo(0.5);
        assertThat(json.has("default_provider"))
                .as("nullclaw refuses it at the root")
                .isFalse();
    }

    @Test
    void aProviderThatTheAgentCallsItselfIsTheOneItKnowsByThatName() {
        AgentAdapter agent = Agents.BUILT_IN
                .find("nullclaw", new Image.Agent("nullclaw", "2026.4.17"))
                .orElseThrow();
        JsonNode known = new JsonMapper()
                .readTree(agent.files(direct("openrouter")).getLast().content());
        assertThat(known.at("/models/providers/openrouter/api_key").asString()).isEqualTo("sk-real");
        assertThat(known.at("/models/providers/openrouter").has("base_url")).isFalse();
        assertThat(known.at("/agents/defaults/model/primary").asString()).isEqualTo("openrouter/z-ai/glm");
        assertThat(known.has("reliability")).as("nobody else retries").isFalse();
        JsonNode other =
                new JsonMapper().readTree(agent.files(direct(null)).getLast().content());
        assertThat(other.at("/models/providers/execlaw/base_url").asString()).isEqualTo("https://models.example/v1");
        assertThat(other.at("/agents/defaults/model/primary").asString()).isEqualTo("execlaw/z-ai/glm");
    }

    private static AgentSettings direct(@Nullable String name) {
        return new AgentSettings(
                "https://models.example/v1", "sk-real", "z-ai/glm", null, null, null, new AgentSettings.Direct(name));
    }

    @Test
    void theWorkspaceCountsAsOnboarded() {
        AgentAdapter agent = Agents.BUILT_IN
                .find("nullclaw", new Image.Agent("reference", "1"))
                .orElseThrow();
        assertThat(agent.files(SETTINGS))
                .extracting(GuestFile::path)
                .contains("/root/.nullclaw/workspace/IDENTITY.md", "/root/.nullclaw/workspace/MEMORY.md");
    }

    @Test
    void eachAgentIsStartedByItsNameAndOnlyOneThatSurvivesItIsInterrupted() {
        Image.Agent real = new Image.Agent("nullclaw", "2026.4.17");
        Image.Agent stand = new Image.Agent("reference", "1");
        assertThat(text(Agents.BUILT_IN.find("nullclaw", real).orElseThrow().start()))
                .contains("; nullclaw agent 2>>")
                .endsWith("\n");
        assertThat(text(Agents.BUILT_IN.find("reference", real).orElseThrow().start()))
                .contains("; execlaw-agent agent 2>>");
        assertThat(Agents.BUILT_IN.find("nullclaw", real).orElseThrow().interrupt())
                .isEmpty();
        assertThat(Agents.BUILT_IN.find("nullclaw", stand).orElseThrow().interrupt())
                .contains(new byte[] {3});
        assertThat(Agents.BUILT_IN.find("reference", real).orElseThrow().interrupt())
                .isPresent();
        assertThat(Agents.BUILT_IN.find("other", real)).isEmpty();
        assertThat(Agents.BUILT_IN.names()).isEqualTo(List.of("nullclaw", "reference"));
    }

    @Test
    void aForeignAgentIsStartedWhenTheShellInItsPlaceIsReleasedAndReadsAllThatWasTyped() throws Exception {
        Path program = Files.writeString(
                directory.resolve("nullclaw"),
                "#!/bin/sh\n[ \"$1\" = --version ] && exec echo nullclaw 2026.4.17\nread line; echo \"$1 $line\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        AgentAdapter agent = Agents.BUILT_IN
                .find("nullclaw", new Image.Agent("nullclaw", "2026.4.17"))
                .orElseThrow();
        Path gate = directory.resolve("run/go");
        String line = text(agent.startWaiting())
                .replace("/run/execlaw", gate.getParent().toString())
                .replace("/var/log", directory.toString());
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", line);
        builder.environment().merge("PATH", "", (path, _) -> directory + ":" + path);
        Process shell = builder.start();
        shell.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
        shell.getOutputStream().close();
        assertThat(shell.waitFor(500, TimeUnit.MILLISECONDS)).isFalse();
        Files.write(gate, new byte[0], StandardOpenOption.WRITE); // opens it, and somebody waits, or it never returns
        assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(shell.inputReader().readLine()).isEqualTo("nullclaw 2026.4.17");
        assertThat(shell.inputReader().readLine()).isEqualTo("agent hello");
    }

    @ParameterizedTest
    @CsvSource({
        "nullclaw 2026.2.26, full", "nullclaw 2026.3.5, full", "nullclaw 2026.3.7, yolo",
        "nullclaw v2026.3.10, yolo", "nullclaw 2026.5.29, yolo", "'', full"
    })
    void theLevelIsTheHighestThatTheVersionKnows(String version, String level) throws Exception {
        Path program = Files.writeString(
                directory.resolve("nullclaw"),
                "#!/bin/sh\n[ $1 = --version ] && exec echo '" + version + "' >&2\nexit 0\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        AgentAdapter agent = Agents.BUILT_IN
                .find("nullclaw", new Image.Agent("nullclaw", "x"))
                .orElseThrow();
        GuestFile config = agent.files(SETTINGS).stream()
                .filter(file -> file.path().endsWith("/config.json"))
                .findFirst()
                .orElseThrow();
        Path written = Files.write(directory.resolve("config.json"), config.content());
        ProcessBuilder builder =
                new ProcessBuilder("bash", "-c", text(agent.start()).replace("/var/log", directory.toString()));
        builder.environment().merge("PATH", "", (path, _) -> directory + ":" + path);
        builder.environment().put("NULLCLAW_HOME", directory.toString());
        Process shell = builder.redirectErrorStream(true).start();
        assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(new JsonMapper()
                        .readTree(Files.readAllBytes(written))
                        .at("/autonomy/level")
                        .asString())
                .isEqualTo(level);
    }

    @Test
    void ourAgentIsToldWhereToWait() {
        AgentAdapter agent = Agents.BUILT_IN
                .find("nullclaw", new Image.Agent("reference", "1"))
                .orElseThrow();
        assertThat(text(agent.startWaiting())).contains("; EXECLAW_WAIT=/run/execlaw/go nullclaw agent 2>>");
    }

    private static AgentAdapter byA2a() {
        return Agents.BUILT_IN
                .find("nullclaw", new Image.Agent("nullclaw", "x"), AgentChannel.A2A)
                .orElseThrow();
    }

    /** Runs what is typed to start it, in directories of the test's. */
    private Process guest(String typed, String version) throws Exception {
        Path program = Files.writeString(
                directory.resolve("nullclaw"),
                "#!/bin/sh\n[ $1 = --version ] && exec echo nullclaw " + version + "\necho \"nullclaw $1\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        Path relay = Files.writeString(
                directory.resolve("acp"), "#!/bin/sh\necho \"the relay $1\"\nexec sh " + directory + "/agent\n");
        Files.setPosixFilePermissions(relay, PosixFilePermissions.fromString("rwx------"));
        String line = typed.replace("/usr/local/lib/execlaw/acp", relay.toString())
                .replace("/root/.execlaw/agent", directory + "/agent")
                .replace("/run/execlaw", directory + "/run")
                .replace("/var/log", directory.toString());
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", line);
        builder.environment().merge("PATH", "", (path, _) -> directory + ":" + path);
        builder.environment().put("NULLCLAW_HOME", directory.toString());
        return builder.redirectError(directory.resolve("errors").toFile()).start();
    }

    @Test
    void theEndpointIsOnTheGuestsLoopbackWithATokenOfTheGuestsOwn() throws Exception {
        Path memory = Files.createDirectory(directory.resolve("memory")).resolve("config.json");
        for (GuestFile file : byA2a().files(SETTINGS)) {
            if (file.path().equals("/root/.nullclaw/config.json")) {
                Files.write(memory, file.content());
                Files.createSymbolicLink(directory.resolve("config.json"), memory);
            } else if (file.path().equals("/root/.execlaw/agent")) {
                assertThat(file.mode()).isEqualTo(0600);
                Files.writeString(
                        directory.resolve("agent"),
                        text(file.content())
                                .replace("cd /root", "cd " + directory)
                                .replace("/run/execlaw", directory + "/run")
                                .replace("/var/log", directory.toString()));
            }
        }
        Process shell = guest(text(byA2a().start()), "2026.5.4");
        assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(shell.inputReader().readAllLines())
                .containsExactly("nullclaw 2026.5.4", "the relay agent", "nullclaw gateway");
        JsonNode config = new JsonMapper().readTree(Files.readAllBytes(memory));
        assertThat(directory.resolve("config.json")).isSymbolicLink();
        assertThat(config.at("/gateway/host").asString()).isEqualTo("127.0.0.1");
        assertThat(config.at("/gateway/port").asInt()).isEqualTo(A2aAgent.PORT);
        assertThat(config.at("/gateway/require_pairing").asBoolean()).isTrue();
        assertThat(config.at("/a2a/enabled").asBoolean()).isTrue();
        assertThat(config.at("/autonomy/level").asString()).isEqualTo("yolo");
        String token = config.at("/gateway/paired_tokens/0").asString();
        assertThat(token).matches("[0-9a-f]{48}");
        assertThat(Files.readString(directory.resolve("run/a2a")))
                .contains("url = \"http://127.0.0.1:" + A2aAgent.PORT + "/a2a\"", "Bearer " + token + "\"");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("run/a2a"))))
                .isEqualTo("rw-------");
    }

    @Test
    void anAgentThatIsTooOldSaysSoInsteadOfStarting() throws Exception {
        Files.writeString(directory.resolve("agent"), "echo never\n");
        Process shell = guest(text(byA2a().start()), "2026.4.17");
        assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(shell.exitValue()).isEqualTo(78);
        assertThat(shell.inputReader().readAllLines())
                .containsExactly(
                        "nullclaw 2026.4.17",
                        "This is nullclaw 2026.4.17; its A2A can be used from 2026.5.4 on. Create a session with"
                                + " agentChannel console.");
    }

    @Test
    void aTemplateServesBothWays() throws Exception {
        AgentAdapter console = Agents.BUILT_IN
                .find("nullclaw", new Image.Agent("nullclaw", "x"))
                .orElseThrow();
        assertThat(byA2a().startWaiting()).isEqualTo(console.startWaiting());
        Files.writeString(directory.resolve("agent"), "echo served\n");
        for (String expected : List.of("served", "nullclaw agent")) {
            Process shell = guest(text(console.startWaiting()), "2026.5.29");
            Path gate = directory.resolve("run/go");
            org.awaitility.Awaitility.await("the gate").until(() -> Files.exists(gate));
            Files.write(gate, new byte[0], StandardOpenOption.WRITE);
            assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(shell.inputReader().readAllLines()).endsWith(expected);
            Files.deleteIfExists(directory.resolve("agent"));
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
