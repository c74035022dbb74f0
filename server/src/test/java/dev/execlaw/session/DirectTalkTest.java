package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.Message;
import dev.execlaw.event.EventPayload.TurnFinished;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Turns of an agent that calls its provider itself, with scripted machines: the console is all that is seen. */
class DirectTalkTest {

    private World world;

    @BeforeEach
    void begin(@TempDir Path data) {
        world = new World(data, new ScriptedNetwork());
    }

    @AfterEach
    void end() {
        world.close();
    }

    private String ready() {
        String id = world.sessions
                .create(new CreateSession(
                        null,
                        "paid",
                        null,
                        null,
                        "sk-canary-0123456789abcdef",
                        null,
                        256,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        KeyMode.DIRECT))
                .id();
        world.untilSaved(id, 1);
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        return id;
    }

    @Test
    void theConsoleIsTheAnswerAndItsPromptTheEnd() {
        String id = ready();
        // The double's model knows no text that came without a reference, and answers to nothing.
        world.sessions.post(id, "plain words");
        assertThat(world.untilTurns(id, 1)).containsExactly(new TurnFinished("completed", ""));
        assertThat(world.payloads(id, Message.class))
                .filteredOn(message -> !message.part().equals("p1"))
                .extracting(Message::text)
                .containsExactly("Y\n\n> quoted");
    }

    @Test
    void whatNoLineHoldsAndNoCommandTakesIsToldToBeSo() {
        String id = ready();
        world.sessions.post(id, "two\nlines");
        assertThat(world.untilTurns(id, 1).getFirst().reason()).isEqualTo("failed");
        assertThat(world.payloads(id, EventPayload.Failure.class)
                        .getFirst()
                        .problem()
                        .detail())
                .contains("several lines");
    }
}
