package dev.execlaw.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.TestSshd;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines whose vCPUs stand still while nobody needs them, on scripted machines whose guests then do nothing. */
class DozeTest {

    private static final Duration DOZE = Duration.ofMillis(100);
    private static final Duration SOON = Duration.ofSeconds(15);

    @TempDir
    private Path data;

    private World world;
    private TestSshd sshd;

    @BeforeEach
    void open() throws IOException {
        world = new World(data, World.QUICK.withDoze(DOZE));
        sshd = new TestSshd().admitAll();
        world.driver.sshd = sshd.address();
        world.driver.hostKey = "execlaw-host-key\t" + sshd.hostKey().line().replace(' ', '\t');
    }

    @AfterEach
    void close() throws IOException {
        world.close();
        sshd.close();
    }

    /** Its vCPUs stand still, and not because it is being saved: of each turn and its start it was already. */
    private void untilDozing(String id) {
        await().alias("the vCPUs of " + id + " standing still")
                .atMost(SOON)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> world.payloads(id, EventPayload.Checkpoint.class).size()
                                > world.payloads(id, EventPayload.TurnFinished.class)
                                        .size()
                        && world.driver.machine(id).paused());
    }

    private void say(String id, String text) {
        int before = world.payloads(id, EventPayload.TurnFinished.class).size();
        world.sessions.post(id, text);
        world.untilTurns(id, before + 1);
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
    }

    /** How often it was told the time beyond the one time after its first checkpoint. */
    private long timesTold(String id) {
        return world.driver.machine(id).wakes().stream()
                .filter(Wake.UP::equals)
                .skip(1)
                .count();
    }

    @Test
    void aSessionWithNothingToDoDozesAndIsReadyAllTheSame() {
        String id = world.ready();
        untilDozing(id);
        assertThat(world.sessions.get(id).state()).isEqualTo(MachineStatus.RUNNING);
        assertThat(world.payloads(id, EventPayload.Paused.class)).isEmpty();
        assertThat(timesTold(id)).isZero();
    }

    @Test
    void aMessageWakesItAndItsClockIsSet() {
        String id = world.ready();
        untilDozing(id);
        say(id, "one");
        await().atMost(SOON).until(() -> timesTold(id) >= 1);
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("one");
        untilDozing(id);
        say(id, "two");
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("one", "two");
    }

    @Test
    void aTurnIsWorkHoweverLongItIsSilent() {
        String id = world.ready();
        world.sessions.post(id, "hang on");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        staysAwake(id);
        world.driver.machine(id).guest.release();
        world.untilTurns(id, 1);
        untilDozing(id);
    }

    /** The vCPUs run many times as long as an idle machine's. */
    private void staysAwake(String id) {
        await().alias("the vCPUs of " + id + " running on")
                .pollInterval(Duration.ofMillis(2))
                .during(DOZE.multipliedBy(15))
                .atMost(SOON)
                .until(() -> !world.driver.machine(id).paused());
    }

    @Test
    void aKeyAtTheConsoleWakesIt() throws Exception {
        String id = world.ready();
        untilDozing(id);
        world.sessions.console(id).orElseThrow().write("\n".getBytes(UTF_8));
        await().atMost(SOON)
                .until(() -> world.driver.machine(id).console.tail(40).endsWith("> > "));
        await().atMost(SOON).until(() -> timesTold(id) == 1);
        untilDozing(id);
    }

    @Test
    void aCommandWakesItSetsItsClockFirstAndKeepsItAwake() throws Exception {
        String id = world.ready();
        untilDozing(id);
        Path gate = data.resolve("gate");
        CompletableFuture<Void> command =
                CompletableFuture.runAsync(() -> exec(id, "until test -e " + gate + "; do sleep 0.05; done"));
        await().atMost(SOON).until(() -> !world.driver.machine(id).paused());
        staysAwake(id);
        assertThat(timesTold(id)).isEqualTo(1);
        Files.createFile(gate);
        command.get(15, TimeUnit.SECONDS);
        untilDozing(id);
    }

    private void exec(String id, String command) {
        try {
            assertThat(world.sessions
                            .exec(id, ExecCommand.of(command, Duration.ofSeconds(20), 1 << 20), ExecOutput.NONE)
                            .status())
                    .isZero();
        } catch (RuntimeException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aLookInsideWakesIt() {
        String id = world.ready();
        untilDozing(id);
        world.driver.sshd = null; // by the console, then
        assertThat(world.sessions.doctor(id).checks()).isNotEmpty();
        untilDozing(id);
    }

    @Test
    void aCheckpointOfADozingMachineIsWhatItWasAndItsClockIsSetAfterwards() {
        String id = world.ready();
        say(id, "one");
        untilDozing(id);
        long told = timesTold(id);
        assertThat(world.sessions.checkpoint(id, "mine").name()).isEqualTo("mine");
        await().atMost(SOON).until(() -> timesTold(id) == told + 1);
        untilDozing(id);
    }

    @Test
    void oneThatCannotBePutOnDiskFromItsDozeGoesOn() {
        String id = world.ready();
        untilDozing(id);
        for (String fault : new String[] {"layer", "save"}) {
            world.driver.faults.add(fault);
            assertThatThrownBy(() -> world.sessions.pause(id, false))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("could not be saved");
            world.driver.faults.clear();
            say(id, fault);
            untilDozing(id);
        }
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("layer", "save");
    }

    @Test
    void itIsPutOnDiskFromItsDozeAndWakesFromThere() {
        String id = world.ready();
        say(id, "one");
        untilDozing(id);
        assertThat(world.sessions.pause(id, false).state()).isEqualTo(MachineStatus.PAUSED);
        say(id, "two");
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("one", "two");
        untilDozing(id);
    }

    @Test
    void dozingCountsAsIdleSoItsLimitIsReached() {
        String id = world.sessions.create(World.request("demo", null, 5)).id();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        untilDozing(id);
        world.until(id, MachineStatus.PAUSED);
        await().alias("the word of it")
                .atMost(SOON)
                .until(() -> world.payloads(id, EventPayload.Paused.class).stream()
                        .anyMatch(paused -> paused.reason().contains("5 min")));
    }

    @Test
    void aGuestThatCannotBeToldTheTimeIsNotStoppedAgain() throws Exception {
        String id = world.ready();
        untilDozing(id);
        world.driver.faults.add("wake");
        say(id, "one");
        await().atMost(SOON)
                .until(() -> world.payloads(id, EventPayload.Notice.class).stream()
                        .anyMatch(notice -> notice.text().contains("clock is behind")));
        staysAwake(id);
    }

    @Test
    void oneThatCannotBeStoppedRunsOn() {
        world.driver.faults.add("pause");
        String id = world.ready();
        staysAwake(id);
        world.driver.faults.clear();
        say(id, "one");
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("one");
    }

    @Test
    void aDozingMachineThatOutlivesTheServerGoesOnAndIsToldTheTime() {
        String id = world.ready();
        untilDozing(id);
        long told = timesTold(id);
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        await().atMost(SOON).until(() -> timesTold(id) == told + 1);
        say(id, "one");
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("one");
    }

    @Test
    void aDozingMachineIsStoppedAsAnyOther() {
        String id = world.ready();
        untilDozing(id);
        world.sessions.stop(id);
        world.until(id, MachineStatus.STOPPED);
        assertThat(world.driver.processes.directories()).isEmpty();
        assertThat(world.payloads(id, EventPayload.Failure.class)).isEmpty();
    }
}
