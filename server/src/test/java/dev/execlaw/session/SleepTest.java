package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventPayload;
import dev.execlaw.host.Resource;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that sleep, wake, go back and fork, on scripted machines. */
class SleepTest {

    @TempDir
    private Path data;

    private World world;

    @BeforeEach
    void open() {
        world = new World(data);
    }

    @AfterEach
    void close() {
        world.close();
    }

    private String say(String id, String text) {
        int before = world.saves(id);
        int turns = world.payloads(id, EventPayload.TurnFinished.class).size();
        world.sessions.post(id, text);
        world.untilTurns(id, turns + 1);
        world.untilSaved(id, before + 1);
        return id;
    }

    private long turnEnd(String id) {
        return world.events(id).stream()
                .filter(event -> event.payload() instanceof EventPayload.TurnFinished)
                .mapToLong(Event::seq)
                .max()
                .orElseThrow();
    }

    private List<String> heard(String id) {
        return world.driver.machines.get(id).guest.heard();
    }

    private ProblemException refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable step) {
        ProblemException[] caught = new ProblemException[1];
        assertThatExceptionOfType(ProblemException.class).isThrownBy(step).satisfies(e -> caught[0] = e);
        return caught[0];
    }

    @Test
    void aMachineIsSavedAtItsStartAndAfterEachTurn() {
        String id = say(world.ready(), "one");
        List<CheckpointView> points = world.sessions.checkpoints(id);
        assertThat(points).extracting(CheckpointView::kind).containsExactly("start", "turn");
        assertThat(points.getLast().seq()).isEqualTo(turnEnd(id));
    }

    @Test
    void aSavedMachineIsToldWhatTimeItIs() {
        String id = say(world.ready(), "one");
        await().alias("the time told after the start and after the turn")
                .atMost(Duration.ofSeconds(20))
                .until(() -> world.driver.machines.get(id).wakes().equals(List.of(Wake.UP, Wake.UP)));
    }

    @Test
    void aPausedMachineIsGoneFromTheHostAndWakesOnAMessage() {
        String id = say(world.ready(), "one");
        assertThat(world.sessions.pause(id, false).state()).isEqualTo(MachineStatus.PAUSED);
        assertThat(world.driver.processes.directories()).isEmpty();
        assertThat(world.capacity.reservedMiB()).isZero();

        say(id, "two");
        assertThat(heard(id)).containsExactly("one", "two");
        assertThat(world.payloads(id, EventPayload.Paused.class)).hasSize(1);
        assertThat(world.payloads(id, EventPayload.Resumed.class)).hasSize(1);
    }

    @Test
    void aPausedMachineSurvivesARestartOfTheServer() {
        String id = say(world.ready(), "one");
        world.sessions.pause(id, false);
        world.restart();
        assertThat(world.sessions.get(id).state()).isEqualTo(MachineStatus.PAUSED);
        assertThat(world.sessions.resume(id).agentState()).isEqualTo(AgentStatus.IDLE);
        assertThat(heard(id)).containsExactly("one");
    }

    @Test
    void aMachineThatWasBeingSavedWhenTheServerEndedGoesOn() throws Exception {
        String id = say(world.ready(), "one");
        world.driver.machines.get(id).pause();
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.driver.machines.get(id).paused()).isFalse();
    }

    @Test
    void aMachineThatDoesNotWakeSleepsOn() {
        String id = say(world.ready(), "one");
        world.sessions.pause(id, false);
        world.driver.faults.add("start");
        assertThat(refused(() -> world.sessions.resume(id)).problem().code()).isEqualTo(ErrorCode.BOOT_FAILED);
        world.until(id, MachineStatus.PAUSED);
        world.driver.faults.clear();
        say(id, "two");
        assertThat(heard(id)).containsExactly("one", "two");
    }

    @Test
    void aMachineThatCannotBeSavedRunsOn() {
        String id = say(world.ready(), "one");
        world.driver.faults.add("save");
        assertThat(refused(() -> world.sessions.pause(id, false)).problem().code())
                .isEqualTo(ErrorCode.CHECKPOINT_FAILED);
        assertThat(world.sessions.get(id).state()).isEqualTo(MachineStatus.RUNNING);
        assertThat(world.driver.machines.get(id).paused()).isFalse();
        world.driver.faults.clear();
        say(id, "two");
        assertThat(heard(id)).containsExactly("one", "two");
    }

    @Test
    void aGuestThatCouldNotBeWokenIsNotPutToSleep() {
        String id = say(world.ready(), "one");
        world.driver.faults.add("wake");
        assertThat(refused(() -> world.sessions.pause(id, false)).problem().detail())
                .contains("would not wake again");
        assertThat(world.sessions.get(id).state()).isEqualTo(MachineStatus.RUNNING);
        say(id, "two");
        assertThat(heard(id)).containsExactly("one", "two");
    }

    @Test
    void aWorkingSessionIsPausedOnlyByForce() {
        String id = world.ready();
        world.sessions.post(id, "hang on");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        assertThat(refused(() -> world.sessions.pause(id, false)).problem().code())
                .isEqualTo(ErrorCode.STATE_CONFLICT);
        assertThat(world.sessions.pause(id, true).state()).isEqualTo(MachineStatus.PAUSED);
    }

    @Test
    void machineAndConversationGoBackTogetherAndForwardAgain() {
        String id = say(say(world.ready(), "one"), "two");
        List<CheckpointView> points = world.sessions.checkpoints(id);
        long afterOne = points.get(1).seq();

        SessionView back = world.sessions.rewind(id, afterOne);
        assertThat(back.agentState()).isEqualTo(AgentStatus.IDLE);
        assertThat(heard(id)).containsExactly("one");
        assertThat(back.undone()).hasSize(1);
        assertThat(back.undone().getFirst().from()).isEqualTo(afterOne + 1);

        CheckpointView undo = world.sessions.checkpoints(id).stream()
                .filter(point -> point.kind().equals("undo"))
                .findFirst()
                .orElseThrow();
        assertThat(undo.abandoned()).isTrue();
        assertThat(world.payloads(id, EventPayload.Rewound.class).getLast().through())
                .as("where to go to bring it back")
                .isEqualTo(undo.seq());
        say(id, "three");
        assertThat(heard(id)).containsExactly("one", "three");

        world.sessions.rewind(id, undo.seq());
        assertThat(heard(id)).containsExactly("one", "two");
    }

    @Test
    void aMachineThatLeftHalfATurnIsIdleForTheNextServerToo() {
        String id = say(world.ready(), "one");
        long afterOne = world.sessions.checkpoints(id).getLast().seq();
        world.sessions.post(id, "hang on");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        world.driver.machines.get(id).dies(new MachineExit.Crashed(9, "killed"));
        world.until(id, MachineStatus.FAILED);
        world.sessions.rewind(id, afterOne);
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        say(id, "two");
        assertThat(heard(id)).containsExactly("one", "two");
    }

    @Test
    void aSleepingMachineThatGoesBackCanBeBroughtBack() {
        String id = say(say(world.ready(), "one"), "two");
        long afterOne = world.sessions.checkpoints(id).get(1).seq();
        world.sessions.pause(id, false);
        world.sessions.rewind(id, afterOne);
        assertThat(heard(id)).containsExactly("one");
        world.sessions.rewind(
                id, world.payloads(id, EventPayload.Rewound.class).getLast().through());
        assertThat(heard(id)).containsExactly("one", "two");
    }

    @Test
    void aMessageThatAPausedMachineDidNotWakeForIsAnsweredAfterARestart() {
        String id = say(world.ready(), "one");
        world.sessions.pause(id, false);
        world.driver.faults.add("start");
        world.sessions.post(id, "two");
        world.until(id, view -> view.state() == MachineStatus.PAUSED && view.error() != null);
        world.driver.faults.clear();
        world.restart();
        world.untilTurns(id, 2);
        assertThat(heard(id)).containsExactly("one", "two");
    }

    @Test
    void aMachineThatWasBeingWokenWhenTheServerEndedIsRemoved() {
        String id = say(world.ready(), "one");
        world.sessions.pause(id, false);
        Path directory = SessionParts.machines(data).resolve(id);
        world.ledger.enter(new Resource.Vmm(id, directory, Optional.empty()));
        world.driver.processes.add(new ProcessIdentity(4711, 1), directory);
        world.restart();
        world.until(id, view -> view.state() == MachineStatus.PAUSED && view.error() != null);
        assertThat(world.driver.processes.directories()).isEmpty();
        assertThat(world.ledger.of(id)).noneMatch(made -> made instanceof Resource.Vmm);
        say(id, "two");
        assertThat(heard(id)).containsExactly("one", "two");
    }

    @Test
    void aMachineThatRanOnAfterItsPauseIsNotTakenForAsleep() {
        String id = say(world.ready(), "one");
        world.sessions.pause(id, false);
        say(id, "two");
        world.restart(world.driver.processes::clear);
        SessionView found = world.until(id, view -> view.state() == MachineStatus.FAILED);
        assertThat(found.error()).isNotNull();
    }

    @Test
    void thereIsNoWayBackToWhereNothingWasSaved() {
        String id = say(world.ready(), "one");
        ProblemException refusal = refused(() -> world.sessions.rewind(id, 1));
        assertThat(refusal.problem().code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal.problem().next())
                .contains(
                        String.valueOf(world.sessions.checkpoints(id).getLast().seq()));
    }

    @Test
    void forksGoOnByThemselvesFromWhereTheirSourceWas() {
        String id = say(world.ready(), "one");
        List<SessionView> forks = world.sessions.fork(id, new ForkSession(null, 2, null));
        assertThat(forks).hasSize(2);
        for (SessionView fork : forks) {
            world.until(fork.id(), view -> view.agentState() == AgentStatus.IDLE);
            assertThat(heard(fork.id())).containsExactly("one");
            assertThat(world.events(fork.id()).stream()
                            .filter(event -> event.payload() instanceof EventPayload.Forked)
                            .map(Event::seq))
                    .as("its own events begin after what it shares with its source")
                    .containsExactly(Objects.requireNonNull(fork.origin()).seq() + 1);
            assertThat(fork.origin()).isNotNull().extracting(ForkPoint::session).isEqualTo(id);
            assertThat(world.payloads(fork.id(), EventPayload.UserMessage.class))
                    .extracting(EventPayload.UserMessage::text)
                    .containsExactly("one");
            assertThat(world.payloads(fork.id(), EventPayload.Checkpoint.class)
                            .getFirst()
                            .seq())
                    .isEqualTo(world.sessions.checkpoints(fork.id()).getFirst().seq());
        }
        String first = say(forks.getFirst().id(), "two");
        assertThat(heard(first)).containsExactly("one", "two");
        List<Event> log = world.events(first);
        long from = world.sessions.checkpoints(first).getFirst().seq();
        assertThat(log)
                .extracting(Event::seq)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, log.size()).boxed().toList());
        assertThat(log.get((int) from).payload()).isEqualTo(new EventPayload.Forked(id, from));
        assertThat(log.getFirst().payload()).isEqualTo(new EventPayload.Omitted());
        assertThat(heard(id)).containsExactly("one");
        assertThat(world.driver.machines.get(first).wakes().getFirst().identity())
                .isNotNull();

        world.sessions.delete(id);
        say(first, "three");
        world.sessions.pause(first, false);
        world.sessions.resume(first);
        assertThat(heard(first)).containsExactly("one", "two", "three");
    }

    @Test
    void aForkThatDoesNotStartSleepsUntilItCan() {
        String id = say(world.ready(), "one");
        world.driver.faults.add("start");
        String fork = world.sessions
                .fork(id, new ForkSession(null, 1, null))
                .getFirst()
                .id();
        world.until(fork, MachineStatus.PAUSED);
        world.driver.faults.clear();
        say(fork, "two");
        assertThat(heard(fork)).containsExactly("one", "two");
        assertThat(world.driver.machines.get(fork).wakes().getFirst().identity())
                .as("who it is")
                .isNotNull();
    }

    @Test
    void aForkThatGoesBackToWhereItBeganIsStillItself() {
        String id = say(world.ready(), "one");
        SessionView fork =
                world.sessions.fork(id, new ForkSession(null, 1, null)).getFirst();
        world.until(fork.id(), view -> view.agentState() == AgentStatus.IDLE);
        say(fork.id(), "two");
        world.sessions.rewind(fork.id(), Objects.requireNonNull(fork.origin()).seq());
        assertThat(heard(fork.id())).containsExactly("one");
        assertThat(world.driver.machines.get(fork.id()).wakes().getFirst().identity())
                .as("the memory there is that of its source")
                .isNotNull();
    }

    @Test
    void aForkThatWasNotStartedWhenTheServerEndedSleeps() {
        String id = say(world.ready(), "one");
        String fork = world.sessions
                .fork(id, new ForkSession(null, 1, null))
                .getFirst()
                .id();
        world.until(fork, view -> view.agentState() == AgentStatus.IDLE);
        world.sessions.pause(fork, false);
        world.forgetRuns(fork);
        world.restart();
        world.until(fork, MachineStatus.PAUSED);
        say(fork, "two");
        assertThat(heard(fork)).containsExactly("one", "two");
    }

    @Test
    void howManyForksThereMayBeIsSaid() {
        String id = say(world.ready(), "one");
        for (int count : new int[] {0, 1000}) {
            ProblemException refusal = refused(() -> world.sessions.fork(id, new ForkSession(null, count, null)));
            assertThat(refusal.problem().code()).isEqualTo(ErrorCode.INVALID_REQUEST);
            assertThat(refusal.problem().detail()).contains(String.valueOf(count), "1 to 100");
        }
        assertThat(refused(() -> world.sessions.fork(id, new ForkSession(null, null, List.of("no-such"))))
                        .problem()
                        .code())
                .isEqualTo(ErrorCode.UNKNOWN_MODEL);
        assertThat(refused(() -> world.sessions.fork(id, new ForkSession(1L, 1, null)))
                        .problem()
                        .code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(world.sessions.list()).hasSize(1);
        assertThat(world.onHost()).hasSize(3).allMatch(left -> left.contains(id));
    }

    @Test
    void deletingLeavesNothing() {
        String id = say(world.ready(), "one");
        world.sessions.pause(id, false);
        world.sessions.delete(id);
        assertThat(world.onHost()).isEmpty();
        assertThat(world.ledger.of(id)).isEmpty();
    }
}
