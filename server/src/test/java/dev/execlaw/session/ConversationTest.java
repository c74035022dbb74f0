package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.Message;
import dev.execlaw.event.EventPayload.TurnFinished;
import dev.execlaw.event.EventPayload.TurnStarted;
import dev.execlaw.event.EventPayload.UserMessage;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages, turns, and the agent's own ends, with scripted machines. */
class ConversationTest {

    @TempDir
    Path data;

    private World world;

    @BeforeEach
    void open() {
        world = new World(data);
    }

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void aMessageOfAnyTextBecomesATurn() {
        String id = world.ready();
        String text = "line one\nline two \u0003\u0004 \uD83E\uDD9E " + "y".repeat(100_000);
        Sessions.Posted posted = world.sessions.post(id, text);
        assertThat(posted.state()).isEqualTo("running");
        assertThat(world.untilTurns(id, 1)).containsExactly(new TurnFinished("completed", ""));
        assertThat(world.payloads(id, UserMessage.class)).containsExactly(new UserMessage(posted.messageId(), text));
        assertThat(world.payloads(id, Message.class)).containsExactly(new Message("You said: " + text, "p1"));
        List<Class<?>> order = world.events(id).stream()
                .<Class<?>>map(event -> event.payload().getClass())
                .filter(type -> List.of(UserMessage.class, TurnStarted.class, Message.class, TurnFinished.class)
                        .contains(type))
                .toList();
        assertThat(order).containsExactly(UserMessage.class, TurnStarted.class, Message.class, TurnFinished.class);
    }

    @Test
    void messagesWaitWhileTheMachineBootsAndWhileATurnRuns() {
        String id = world.sessions.create(World.request()).id();
        assertThat(world.sessions.post(id, "hang first").state()).isEqualTo("queued");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        Sessions.Posted second = world.sessions.post(id, "second");
        Sessions.Posted third = world.sessions.post(id, "third");
        assertThat(second.state()).isEqualTo("queued");
        assertThat(world.sessions.get(id).queue())
                .containsExactly(
                        new SessionView.Queued(second.messageId(), "second"),
                        new SessionView.Queued(third.messageId(), "third"));
        world.sessions.removeQueued(id, second.messageId());
        assertThat(world.payloads(id, EventPayload.MessageRemoved.class)).hasSize(1);
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> world.sessions.removeQueued(id, second.messageId()));
        world.driver.machine(id).guest.release();
        world.untilTurns(id, 2);
        assertThat(world.payloads(id, Message.class))
                .extracting(Message::text)
                .containsExactly("Done after all.", "You said: third");
    }

    @Test
    void interruptEndsTheTurnAndTheAgentGoesOn() {
        String id = world.ready();
        world.sessions.post(id, "hang");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        world.sessions.interrupt(id);
        assertThat(world.untilTurns(id, 1).getFirst().reason()).isEqualTo("stopped");
        assertThat(world.gateway.calls).containsSubsequence("resume", "interrupt");
        world.sessions.post(id, "and now");
        assertThat(world.untilTurns(id, 2).getLast().reason()).isEqualTo("completed");
        assertThat(world.gateway.calls.getLast()).isEqualTo("resume");
    }

    @Test
    void anAgentThatExitsIsStartedAgain() {
        String id = world.ready();
        world.sessions.post(id, "exit");
        assertThat(world.untilTurns(id, 1).getFirst().reason()).isEqualTo("agent_exited");
        assertThat(await().until(() -> world.payloads(id, EventPayload.Notice.class), notices -> !notices.isEmpty()))
                .singleElement()
                .asString()
                .contains("started again");
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        world.sessions.post(id, "hello");
        world.untilTurns(id, 2);
        assertThat(world.sessions.get(id).state()).isEqualTo(MachineStatus.RUNNING);
    }

    @Test
    void anAgentThatKeepsExitingIsGivenUpAndCanBeStartedByHand() {
        String id = world.ready();
        for (int exits = 1; exits <= 3; exits++) {
            int told = exits;
            world.driver.machine(id).guest.agentExits(1);
            await().until(() -> world.payloads(id, EventPayload.Notice.class).size() == told);
            world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        }
        assertThat(world.payloads(id, EventPayload.Notice.class).getLast().text())
                .contains("in 1 s");
        world.driver.machine(id).guest.agentExits(9);
        SessionView lost = world.until(id, view -> view.agentState() == AgentStatus.FAILED);
        assertThat(lost.state()).isEqualTo(MachineStatus.RUNNING);
        assertThat(lost.error().code()).isEqualTo(ErrorCode.AGENT_EXIT);
        assertThat(lost.error().detail()).contains("status 9", "4 times in a row");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> world.sessions.post(id, "hello"))
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.STATE_CONFLICT));
        world.sessions.start(id);
        world.until(id, view -> view.agentState() == AgentStatus.IDLE && view.error() == null);
    }

    @Test
    void anAgentThatIsNotThereIsNamed() {
        world.driver.script = new ScriptedGuest.Script(true, false);
        String id = world.sessions.create(World.request()).id();
        SessionView lost = world.until(id, view -> view.agentState() == AgentStatus.FAILED);
        assertThat(lost.error().detail()).contains("status 127").contains("not found");
    }

    @Test
    void theQueueAndTheKeySurviveARestartAndARunningTurnEndsHonestly() {
        String id = world.sessions
                .create(World.request("paid", "sk-secret-key", null))
                .id();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        world.sessions.post(id, "hang");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        world.sessions.post(id, "next");
        world.restart();
        List<TurnFinished> turns = world.untilTurns(id, 2);
        assertThat(turns).extracting(TurnFinished::reason).containsExactly("server_restarted", "completed");
        assertThat(world.payloads(id, Message.class)).extracting(Message::text).contains("You said: next");
        assertThat(world.gateway.session(id).orElseThrow().route().get().apiKey())
                .isEqualTo("sk-secret-key");
        assertThat(data.resolve("execlaw.db"))
                .content(java.nio.charset.StandardCharsets.ISO_8859_1)
                .doesNotContain("sk-secret-key");
    }

    @Test
    void anIdleSessionIsAdoptedAsItIs() {
        String id = world.ready();
        String token = world.gateway.session(id).orElseThrow().token();
        world.sessions.post(id, "before");
        world.untilTurns(id, 1);
        long events = world.events(id).size();
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.gateway.session(id).orElseThrow().token()).isEqualTo(token);
        world.sessions.post(id, "after");
        assertThat(world.untilTurns(id, 2).getLast().reason()).isEqualTo("completed");
        assertThat(world.events(id).stream().map(Event::seq).filter(seq -> seq <= events))
                .hasSize((int) events);
        world.sessions.delete(id);
        assertThat(world.onHost()).isEmpty();
    }

    @Test
    void aMachineThatDiedMeanwhileIsMarkedFailedAndCanBeStarted() {
        String id = world.ready();
        world.sessions.shutDown(true);
        world.driver.processes.remove(world.driver.machine(id).vmm());
        world.restart();
        SessionView failed = world.until(id, MachineStatus.FAILED);
        assertThat(failed.error().detail()).contains("while the server was away");
        assertThat(world.onHost()).containsExactly("machines/" + id);
        world.sessions.start(id);
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
    }
}
