package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.BootStep;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A machine's life, from every beginning to every end, with scripted machines. */
class LifecycleTest {

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
    void startsInTheNamedStepsAndNumbersItsEventsWithoutGaps() {
        String id = world.ready();
        List<String> steps = List.of("admit", "disk", "network", "vmm", "kernel", "guest", "agent", "model", "ready");
        assertThat(world.sessions.get(id).boot())
                .extracting(SessionView.Step::step)
                .isEqualTo(steps);
        assertThat(world.payloads(id, BootStep.class))
                .extracting(BootStep::step)
                .isEqualTo(steps);
        assertThat(world.events(id))
                .extracting(Event::seq)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, world.events(id).size())
                                .boxed()
                                .toList());
        assertThat(world.written).contains("/root/.nullclaw/config.json");
        assertThat(world.driver.machine(id).spec().boot().arguments())
                .matches("console=ttyS0 reboot=k panic=1 pci=off"
                        + " ip=10\\.200\\.\\d+\\.\\d+::10\\.200\\.\\d+\\.\\d+:255\\.255\\.255\\.252:nullclaw:eth0:off");
    }

    @Test
    void deleteLeavesNothingButATombstone() {
        String id = world.ready();
        assertThat(world.onHost()).hasSize(3);
        world.sessions.delete(id);
        assertThat(world.onHost()).isEmpty();
        assertThat(world.ledger.all()).isEmpty();
        assertThat(world.slots.holders()).isEmpty();
        assertThat(world.capacity.reservedMiB()).isZero();
        assertThat(world.events(id)).extracting(Event::payload).containsExactly(new EventPayload.SessionDeleted());
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> world.sessions.get(id))
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.SESSION_GONE));
        assertThat(world.sessions.list()).isEmpty();
    }

    @Test
    void deleteDuringTheStartLeavesNothingEither() {
        for (int i = 0; i < 20; i++) {
            String id = world.sessions.create(World.request()).id();
            world.sessions.delete(id);
        }
        assertThat(world.onHost()).isEmpty();
        assertThat(world.ledger.all()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"clone", "inject", "start"})
    void aFailedStartNamesTheCauseLeaksNothingAndCanBeTriedAgain(String step) {
        world.driver.faults.add(step);
        String id = world.sessions.create(World.request()).id();
        SessionView failed = world.until(id, MachineStatus.FAILED);
        assertThat(failed.error().detail()).contains("scripted fault of " + step);
        assertThat(failed.error().code()).isEqualTo(ErrorCode.BOOT_FAILED);
        assertThat(world.onHost()).isEmpty();
        assertThat(world.ledger.all()).isEmpty();
        world.driver.faults.clear();
        world.sessions.start(id);
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
    }

    @Test
    void refusesWhatTheHostCannotHoldWithNumbers() {
        world.memoryMiB = 700;
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> world.sessions.create(World.request()))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.CAPACITY_MEMORY);
                    assertThat(e.problem().detail()).contains("320 MiB").contains("700 MiB available");
                });
        assertThat(world.sessions.list()).isEmpty();
        assertThat(world.capacity.reservedMiB()).isZero();
    }

    @Test
    void aGuestThatDoesNotBootFailsWithItsConsole() {
        world.close();
        world.timings = shortBoot();
        world.driver.script = new ScriptedGuest.Script(false, true);
        world.open();
        String id = world.sessions.create(World.request()).id();
        SessionView failed = world.until(id, MachineStatus.FAILED);
        assertThat(failed.error().code()).isEqualTo(ErrorCode.BOOT_TIMEOUT);
        assertThat(failed.error().detail()).contains("Linux version 6.1");
        assertThat(world.driver.processes.directories()).isEmpty();
    }

    private static SessionTimings shortBoot() {
        SessionTimings q = World.QUICK;
        return new SessionTimings(
                q.vmm(),
                q.wake(),
                Duration.ofMillis(300),
                q.agent(),
                q.again(),
                q.call(),
                q.prompt(),
                q.stop(),
                q.examine(),
                q.grace(),
                q.answer(),
                q.minute(),
                Duration.ZERO);
    }

    @Test
    void stopKeepsTheDiskAndStartUsesItAgain() {
        String id = world.ready();
        world.sessions.stop(id);
        assertThat(world.until(id, MachineStatus.STOPPED).error()).isNull();
        assertThat(world.onHost()).containsExactly("machines/" + id);
        assertThat(world.capacity.reservedMiB()).isZero();
        world.written.clear();
        world.sessions.start(id);
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.written)
                .as("the disk is not written to behind its file system")
                .isEmpty();
        assertThat(world.sessions.get(id).boot().get(1).detail()).isEqualTo("kept (copy)");
        assertThat(world.sessions.console(id)).isPresent();
    }

    @Test
    void whatTheConsoleShowedIsThereAfterTheEnd() {
        String id = world.ready();
        world.sessions.stop(id);
        world.until(id, MachineStatus.STOPPED);
        assertThat(world.sessions.console(id).orElseThrow().tail(1000)).contains("Interactive Mode");
    }

    @Test
    void aGuestThatPowersOffIsStoppedWithTheReason() {
        String id = world.ready();
        world.driver.machine(id).dies(new MachineExit.PoweredOff());
        SessionView stopped = world.until(id, MachineStatus.STOPPED);
        assertThat(stopped.error().code()).isEqualTo(ErrorCode.MACHINE_ENDED);
        assertThat(stopped.error().detail()).isEqualTo("the guest powered off");
        assertThat(world.onHost()).containsExactly("machines/" + id);
        world.sessions.start(id);
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
    }

    @Test
    void aGuestThatRebootsIsStoppedAndACrashFails() {
        String rebooting = world.ready();
        world.driver.machine(rebooting).dies(new MachineExit.Rebooted());
        assertThat(world.until(rebooting, MachineStatus.STOPPED).error().detail())
                .isEqualTo("the guest rebooted");
        String crashing = world.ready();
        world.sessions.post(crashing, "hang");
        world.until(crashing, view -> view.agentState() == AgentStatus.WORKING);
        world.driver.machine(crashing).dies(new MachineExit.Crashed(137, "Kernel panic"));
        SessionView failed = world.until(crashing, MachineStatus.FAILED);
        assertThat(failed.error().detail()).contains("status 137").contains("Kernel panic");
        String panicking = world.ready();
        world.driver.machine(panicking).dies(new MachineExit.Panicked("Kernel panic - not syncing: Fatal exception"));
        assertThat(world.until(panicking, MachineStatus.FAILED).error().detail())
                .contains("Fatal exception");
        assertThat(world.untilTurns(crashing, 1).getFirst().reason()).isEqualTo("machine_ended");
    }

    @Test
    void anIdleSessionSleepsAfterItsTime() {
        String id = world.sessions.create(World.request("demo", null, 5)).id();
        assertThat(world.until(id, EventPayload.Paused.class, 1).getFirst().reason())
                .contains("idle for 5 min");
    }

    @Test
    void shutDownStopsTheMachinesAndSaysSo() {
        String id = world.ready();
        List<String> report = world.sessions.shutDown(false);
        assertThat(report).singleElement().asString().contains(id).endsWith("stopped");
        assertThat(world.driver.processes.directories()).isEmpty();
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> world.sessions.create(World.request()))
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.SHUTTING_DOWN));
    }
}
