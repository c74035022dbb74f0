package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.EventPayload;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Turns that the user stops, on scripted machines. */
class StopTest {

    private static final Duration SOON = Duration.ofSeconds(15);

    @TempDir
    private Path data;

    private World world;

    @BeforeEach
    void open() {
        world = new World(data, World.QUICK.withDoze(Duration.ofMillis(100)));
    }

    @AfterEach
    void close() {
        world.close();
    }

    /** Posts a message and waits until its turn runs a tool. */
    private void work(String id, String text) {
        world.sessions.post(id, text);
        await().alias("a tool").atMost(SOON).until(world.driver.machine(id).guest::hasTool);
    }

    private void stopped(String id, int turns) {
        assertThat(world.untilTurns(id, turns).getLast().reason()).isEqualTo("stopped");
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
    }

    private void worksOn(String id, int turns) {
        world.sessions.post(id, "hello");
        assertThat(world.untilTurns(id, turns).getLast().reason()).isEqualTo("completed");
    }

    @Test
    void whileTheModelSpeaksTheGuestIsNotAsked() {
        String id = world.ready();
        world.sessions.post(id, "hang");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        world.sessions.interrupt(id);
        stopped(id, 1);
        assertThat(world.driver.machine(id).interrupts).hasValue(0);
        worksOn(id, 2);
    }

    @Test
    void aToolIsEndedByTheGuest() {
        String id = world.ready();
        work(id, "tool");
        world.sessions.post(id, "hello");
        world.sessions.interrupt(id);
        assertThat(world.untilTurns(id, 2))
                .extracting(EventPayload.TurnFinished::reason)
                .as("what waited runs now")
                .containsExactly("stopped", "completed");
        assertThat(world.driver.machine(id).interrupts.get()).isPositive();
        assertThat(world.gateway.calls).containsSubsequence("resume", "interrupt", "resume");
    }

    @Test
    void twoToolsOfOneAnswerAreEndedOneAfterTheOther() {
        String id = world.ready();
        work(id, "tool twice");
        world.sessions.interrupt(id);
        stopped(id, 1);
        assertThat(world.driver.machine(id).interrupts.get()).isGreaterThanOrEqualTo(2);
        worksOn(id, 2);
    }

    @Test
    void aToolThatBeginsAfterTheGuestHasLookedIsEndedToo() {
        String id = world.ready();
        ScriptedMachine machine = world.driver.machine(id);
        work(id, "tool late");
        world.sessions.interrupt(id);
        await().atMost(SOON).until(() -> machine.interrupts.get() > 0);
        machine.guest.toolBegins();
        stopped(id, 1);
        worksOn(id, 2);
    }

    @Test
    void stoppedTwiceItEndsOnce() {
        String id = world.ready();
        work(id, "tool late");
        world.sessions.interrupt(id);
        world.sessions.interrupt(id);
        world.driver.machine(id).guest.toolBegins();
        stopped(id, 1);
        world.sessions.interrupt(id);
        worksOn(id, 2);
        assertThat(world.gateway.calls.stream().filter("interrupt"::equals)).hasSize(1);
    }

    @Test
    void aTurnThatBeganInADozingMachineIsStoppedAsAnyOther() {
        String id = world.ready();
        for (int turn = 1; turn <= 6; turn += 2) {
            await().alias("the vCPUs standing still")
                    .atMost(SOON)
                    .until(() -> world.driver.machine(id).paused()
                            && world.saves(id)
                                    > world.payloads(id, EventPayload.TurnFinished.class)
                                            .size());
            world.sessions.interrupt(id); // there is nothing to stop, and nobody is woken for it
            work(id, "tool");
            world.sessions.interrupt(id);
            stopped(id, turn);
            worksOn(id, turn + 1);
        }
    }

    @Test
    void aMachineThatIsToBeSavedHasItsToolEndedFirst() {
        String id = world.ready();
        work(id, "tool");
        assertThat(world.sessions.pause(id, true).state()).isEqualTo(MachineStatus.PAUSED);
        assertThat(world.untilTurns(id, 1).getLast().reason()).isEqualTo("stopped");
        worksOn(id, 2);
    }

    @Test
    void aGuestThatFailsAtItIsAskedAgainInTheNextTurn() {
        String id = world.ready();
        world.driver.faults.add("interrupt");
        work(id, "tool");
        world.sessions.interrupt(id); // there is no other way in: the key ends it
        stopped(id, 1);
        world.driver.faults.clear();
        int before = world.driver.machine(id).interrupts.get();
        work(id, "tool");
        world.sessions.interrupt(id);
        stopped(id, 2);
        assertThat(world.driver.machine(id).interrupts.get()).isGreaterThan(before);
    }
}
