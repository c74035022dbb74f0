package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.execlaw.agent.AgentChannel;
import dev.execlaw.agent.Agents;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.Message;
import dev.execlaw.event.EventPayload.TurnFinished;
import dev.execlaw.exec.TestSshd;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Turns by nullclaw's A2A endpoint: scripted machines, a real SSH wire, a real curl, and a double of the endpoint. */
class A2aTest {

    @TempDir
    Path data;

    private World world;
    private TestSshd sshd;
    private A2aDouble endpoint;
    private String session = "";

    @BeforeEach
    void open() throws IOException {
        world = new World(Files.createDirectory(data.resolve("world")));
        endpoint = new A2aDouble("the-guests-own", () -> world.gateway.session(session));
        Path settings = Files.writeString(
                data.resolve("a2a"),
                "url = \"http://127.0.0.1:" + endpoint.port()
                        + "/a2a\"\nheader = \"Authorization: Bearer the-guests-own\"\n");
        world.inside = new Image.Agent("nullclaw", "double");
        world.agents = Agents.BUILT_IN.asking(
                "curl -q -sSN --noproxy '*' --connect-timeout 5 -K " + settings + " --data-binary @-");
        world.restart();
        sshd = new TestSshd().admitAll();
        world.driver.sshd = sshd.address();
        world.driver.hostKey = "execlaw-host-key\t" + sshd.hostKey().line().replace(' ', '\t');
    }

    @AfterEach
    void close() throws IOException {
        world.close();
        endpoint.close();
        sshd.close();
    }

    private static CreateSession request(
            @Nullable String agent, @Nullable KeyMode keys, @Nullable AgentChannel channel) {
        boolean paid = keys == KeyMode.DIRECT;
        return new CreateSession(
                null,
                paid ? "paid" : "demo",
                null,
                agent,
                paid ? "sk-canary-0123456789abcdef" : null,
                null,
                256,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                keys,
                channel);
    }

    private String ready() {
        session = world.sessions.create(request(null, null, AgentChannel.A2A)).id();
        world.untilSaved(session, 1);
        return session;
    }

    private TurnFinished turn(String id, int number) {
        return world.untilTurns(id, number).get(number - 1);
    }

    private List<String> answers(String id) {
        return world.payloads(id, Message.class).stream().map(Message::text).toList();
    }

    @Test
    void aTurnIsToldByTheGatewayAndEndedByTheEndpoint() {
        String id = ready();
        assertThat(world.sessions.get(id).agentChannel()).isEqualTo(AgentChannel.A2A);
        world.sessions.post(id, "two\nlines");
        assertThat(turn(id, 1)).isEqualTo(new TurnFinished("completed", ""));
        assertThat(answers(id)).containsExactly("You said: two\nlines");
        world.sessions.post(id, "again");
        assertThat(turn(id, 2).reason()).isEqualTo("completed");
        assertThat(endpoint.methods()).containsExactly("message/stream", "message/stream");
        assertThat(world.driver.machine(id).guest.heard())
                .as("nothing is typed at the console")
                .isEmpty();
    }

    @Test
    void aStopCancelsTheTask() {
        String id = ready();
        world.sessions.post(id, "hang on");
        world.until(id, _ -> endpoint.methods().contains("message/stream") && called(id));
        world.sessions.interrupt(id);
        assertThat(turn(id, 1).reason()).isEqualTo("stopped");
        assertThat(endpoint.methods()).contains("tasks/cancel");
        world.sessions.post(id, "go on");
        assertThat(turn(id, 2).reason()).isEqualTo("completed");
    }

    private boolean called(String id) {
        return world.sessions.get(id).agentState() == AgentStatus.WORKING;
    }

    @Test
    void aConnectionThatBreaksIsNoEndOfTheTurn() {
        String id = ready();
        world.sessions.post(id, "cut here");
        world.until(id, _ -> endpoint.methods().contains("tasks/get"));
        assertThat(world.payloads(id, TurnFinished.class)).isEmpty();
        endpoint.release();
        assertThat(turn(id, 1)).isEqualTo(new TurnFinished("completed", ""));
        world.sessions.post(id, "hang on");
        world.until(
                id,
                _ -> endpoint.methods().size() > 2
                        && endpoint.methods().getLast().equals("message/stream"));
        sshd.cut();
        world.until(id, _ -> endpoint.methods().getLast().equals("tasks/get"));
        endpoint.release();
        assertThat(turn(id, 2).reason()).isEqualTo("completed");
        assertThat(world.payloads(id, EventPayload.Failure.class)).isEmpty();
    }

    @Test
    void whatFailsIsToldOnce() {
        String id = ready();
        world.sessions.post(id, "fail");
        assertThat(turn(id, 1)).isEqualTo(new TurnFinished("failed", "the provider is down"));
        assertThat(world.payloads(id, EventPayload.Failure.class)).hasSize(1);
        world.sessions.post(id, "fail silently");
        assertThat(turn(id, 2).detail()).contains("-32603: Agent processing failed");
        world.sessions.post(id, "well");
        assertThat(turn(id, 3).reason()).isEqualTo("completed");
    }

    @Test
    void aServerThatComesBackEndsTheTurnOfTheLastOneAndGoesOn() {
        String id = ready();
        world.sessions.post(id, "hang on");
        world.until(id, _ -> endpoint.methods().contains("message/stream") && called(id));
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(endpoint.methods()).contains("tasks/list", "tasks/cancel");
        world.sessions.post(id, "next");
        assertThat(turn(id, 2).reason()).isEqualTo("completed");
        assertThat(answers(id)).contains("You said: next");
        assertThat(world.sessions.get(id).agentChannel()).isEqualTo(AgentChannel.A2A);
    }

    @Test
    void anAgentThatDiesIsToldAndStartedAgain() {
        String id = ready();
        world.sessions.post(id, "hang on");
        world.until(id, _ -> endpoint.methods().contains("message/stream") && called(id));
        world.driver.machine(id).guest.agentExits(3);
        assertThat(turn(id, 1).reason()).isEqualTo("agent_exited");
        endpoint.release();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        world.sessions.post(id, "again");
        assertThat(turn(id, 2).reason()).isEqualTo("completed");
    }

    @Test
    void whatCannotWorkIsRefused() throws IOException {
        refused("has no A2A endpoint", request("reference", null, AgentChannel.A2A));
        refused("no model traffic", request(null, KeyMode.DIRECT, AgentChannel.A2A));
        Files.writeString(data.resolve("world/agent-versions"), "0123456789abcdef 2026.4.17\n");
        world.restart();
        refused("is 2026.4.17", request(null, null, AgentChannel.A2A));
        assertThat(world.sessions.list()).isEmpty();
        assertThat(world.sessions.create(request(null, null, null)).agentChannel())
                .isEqualTo(AgentChannel.CONSOLE);
        assertThat(Channels.older("2026.5.3", "2026.5.4")).isTrue();
        assertThat(Channels.older("2026.5.4", "2026.5.4")).isFalse();
        assertThat(Channels.older("2026.10.1", "2026.5.4")).isFalse();
        assertThat(Channels.older("nightly", "2026.5.4")).isFalse();
    }

    private void refused(String why, CreateSession request) {
        ProblemException refusal = catchThrowableOfType(ProblemException.class, () -> world.sessions.create(request));
        assertThat(refusal.problem().code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal.problem().detail()).contains(why);
        assertThat(refusal.problem().next()).contains("console");
    }
}
