package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.execlaw.agent.Agents;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.Message;
import dev.execlaw.event.EventPayload.PermissionAnswer;
import dev.execlaw.event.EventPayload.PermissionRequest;
import dev.execlaw.event.EventPayload.TurnFinished;
import dev.execlaw.exec.TestSshd;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Turns of an agent that speaks ACP: scripted machines, a real SSH wire, the guest's own relay as a process of this host,
 * and a double of an agent behind it.
 */
class AcpTest {

    private static final String RELAY = "/dev/execlaw/guest/overlay/usr/local/lib/execlaw/acp";

    @TempDir
    Path data;

    private World world;
    private TestSshd sshd;
    private Process relay;
    private Path socket;

    @BeforeEach
    void open() throws IOException {
        Path program = copy(RELAY, "acp");
        Path twin = copy("acp-double", "double");
        socket = data.resolve("acp.sock");
        world = new World(Files.createDirectory(data.resolve("world")));
        world.agents = Agents.with(Map.of("twin", twin + " --acp"), "EXECLAW_ACP_SOCKET=" + socket + " " + program);
        world.restart();
        sshd = new TestSshd().admitAll();
        world.driver.sshd = sshd.address();
        world.driver.hostKey = "execlaw-host-key\t" + sshd.hostKey().line().replace(' ', '\t');
        Path script = Files.writeString(data.resolve("agent"), "exec python3 " + twin + "\n");
        ProcessBuilder guest = new ProcessBuilder(program.toString(), "agent");
        guest.environment()
                .putAll(Map.of(
                        "EXECLAW_ACP_SOCKET", socket.toString(),
                        "EXECLAW_ACP_AGENT", script.toString(),
                        "EXECLAW_ACP_ERRORS", data.resolve("errors").toString()));
        relay = guest.redirectErrorStream(true)
                .redirectOutput(data.resolve("console").toFile())
                .start();
        Awaitility.await("the relay listens").atMost(Duration.ofSeconds(10)).until(() -> Files.exists(socket));
    }

    @AfterEach
    void close() throws Exception {
        world.close();
        sshd.close();
        relay.getOutputStream().close(); // its console's end is its own
        assertThat(relay.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(socket).doesNotExist();
    }

    private Path copy(String resource, String name) throws IOException {
        Path file = data.resolve(name);
        try (InputStream in = AcpTest.class.getResourceAsStream(resource)) {
            Files.write(file, Objects.requireNonNull(in, resource).readAllBytes());
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file;
    }

    private String ready() {
        CreateSession request =
                new CreateSession(null, "demo", null, "twin", null, null, 256, null, null, null, null, null);
        String id = world.sessions.create(request).id();
        world.untilSaved(id, 1);
        return id;
    }

    private TurnFinished turn(String id, int number) {
        return world.untilTurns(id, number).get(number - 1);
    }

    private String answers(String id) {
        return world.payloads(id, Message.class).stream().map(Message::text).collect(Collectors.joining());
    }

    @Test
    void aTurnIsToldByTheAgentItself() {
        String id = ready();
        String text = "long ".repeat(20_000) + "\n\u1f600 end";
        world.sessions.post(id, text);
        assertThat(turn(id, 1)).isEqualTo(new TurnFinished("completed", ""));
        assertThat(answers(id)).isEqualTo("Prompt 1: " + text);
        List<EventPayload.Thinking> thoughts = world.payloads(id, EventPayload.Thinking.class);
        assertThat(thoughts)
                .extracting(EventPayload.Thinking::text)
                .containsExactly("Let me ", "see.", "Plan\n▸ repeat\n");
        assertThat(thoughts.get(0).part())
                .isEqualTo(thoughts.get(1).part())
                .isNotEqualTo(thoughts.get(2).part());
        assertThat(world.payloads(id, EventPayload.ToolCall.class))
                .extracting(
                        EventPayload.ToolCall::name, call -> call.arguments().toString())
                .containsExactly(org.assertj.core.groups.Tuple.tuple("Read notes", "{\"path\":\"/root/notes\"}"));
        String call = world.payloads(id, EventPayload.ToolCall.class).getFirst().id();
        assertThat(world.payloads(id, EventPayload.ToolResult.class))
                .containsExactly(new EventPayload.ToolResult(call, "three notes", "ok", null, null));
        // What the gateway sees of the same turn is not told twice.
        world.gateway.session(id).orElseThrow().listener().event(new Message("overheard", "p1"));
        world.sessions.post(id, "again");
        assertThat(turn(id, 2).reason()).isEqualTo("completed");
        assertThat(answers(id)).isEqualTo("Prompt 1: " + text + "Prompt 2: again");
        // The agent gives its calls the same ids in every turn.
        assertThat(world.payloads(id, EventPayload.ToolCall.class))
                .extracting(EventPayload.ToolCall::id)
                .doesNotHaveDuplicates();
    }

    @Test
    void aQuestionForLeaveWaitsForItsUser() {
        String id = ready();
        world.sessions.post(id, "ask me");
        world.until(
                id,
                view -> view.agentState() == AgentStatus.WAITING
                        && !world.payloads(id, PermissionRequest.class).isEmpty());
        PermissionRequest request = world.payloads(id, PermissionRequest.class).getFirst();
        assertThat(request.title()).isEqualTo("rm -r build");
        assertThat(request.arguments().path("command").asString()).isEqualTo("rm -r build");
        assertThat(request.options()).extracting(PermissionRequest.Option::id).containsExactly("once", "no");
        refused(ErrorCode.INVALID_REQUEST, () -> world.sessions.answer(id, request.id(), "maybe"));
        refused(ErrorCode.NOT_FOUND, () -> world.sessions.answer(id, "other", "once"));
        world.sessions.answer(id, request.id(), "no");
        assertThat(turn(id, 1).reason()).isEqualTo("completed");
        assertThat(answers(id)).isEqualTo("You chose no.");
        assertThat(world.payloads(id, PermissionAnswer.class))
                .containsExactly(new PermissionAnswer(request.id(), "no"));
        assertThat(world.payloads(id, EventPayload.ToolResult.class).getFirst().status())
                .isEqualTo("error");
        refused(ErrorCode.STATE_CONFLICT, () -> world.sessions.answer(id, request.id(), "once"));
    }

    private static void refused(ErrorCode code, Runnable act) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(act::run)
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(code));
    }

    @Test
    void anInterruptCancelsWhatTheAgentDoesAndWhatItAsks() {
        String id = ready();
        world.sessions.post(id, "hang on");
        world.until(id, view -> answers(id).equals("Working"));
        world.sessions.interrupt(id);
        assertThat(turn(id, 1).reason()).isEqualTo("stopped");
        world.sessions.post(id, "ask me");
        world.until(id, view -> view.agentState() == AgentStatus.WAITING);
        world.sessions.interrupt(id);
        assertThat(turn(id, 2).reason()).isEqualTo("stopped");
        assertThat(world.payloads(id, PermissionAnswer.class))
                .extracting(PermissionAnswer::option)
                .containsOnlyNulls()
                .hasSize(1);
        world.sessions.post(id, "well");
        assertThat(turn(id, 3).reason()).isEqualTo("completed");
    }

    @Test
    void whatGoesWrongIsToldAndTheNextTurnGoesOn() {
        String id = ready();
        world.sessions.post(id, "refuse");
        assertThat(turn(id, 1)).satisfies(end -> {
            assertThat(end.reason()).isEqualTo("failed");
            assertThat(end.detail()).isEqualTo("the agent answered session/prompt with error -32603: no model");
        });
        world.sessions.post(id, "limit");
        assertThat(turn(id, 2).detail()).contains("max_tokens");
    }

    @Test
    void aServerThatComesBackGoesOnWithTheAgentsSession() {
        String id = ready();
        world.sessions.post(id, "first");
        assertThat(turn(id, 1).reason()).isEqualTo("completed");
        world.sessions.post(id, "hang on");
        world.until(id, view -> answers(id).endsWith("Working"));
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        world.sessions.post(id, "third");
        assertThat(turn(id, 3).reason()).isEqualTo("completed");
        assertThat(answers(id)).endsWith("Prompt 3: third");
    }

    @Test
    void anAgentThatDiesIsTold() throws Exception {
        String id = ready();
        world.sessions.post(id, "die");
        assertThat(relay.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(relay.exitValue()).isEqualTo(3);
        world.driver.machine(id).guest.agentExits(3);
        TurnFinished end = turn(id, 1);
        assertThat(end.reason()).isEqualTo("agent_exited");
        assertThat(end.detail()).contains("status 3");
        assertThat(Files.readString(data.resolve("console"), StandardCharsets.UTF_8))
                .endsWith("\n\n> ");
    }
}
