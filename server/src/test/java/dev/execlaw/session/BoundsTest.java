package dev.execlaw.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.TestSshd;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What sleepers do when something is wanted of them, and what saved machines may take, on scripted machines. */
class BoundsTest {

    private static final Duration SOON = Duration.ofSeconds(15);

    @TempDir
    private Path data;

    private World world;
    private TestSshd sshd;

    @BeforeEach
    void open() throws IOException {
        world = new World(data);
        sshd = new TestSshd().admitAll();
        world.driver.sshd = sshd.address();
        world.driver.hostKey = "execlaw-host-key\t" + sshd.hostKey().line().replace(' ', '\t');
    }

    @AfterEach
    void close() throws IOException {
        world.close();
        sshd.close();
    }

    private String say(String id, String text) {
        int before = world.payloads(id, EventPayload.TurnFinished.class).size();
        int saved = world.payloads(id, EventPayload.Checkpoint.class).size();
        world.sessions.post(id, text);
        world.untilTurns(id, before + 1);
        await().alias("the checkpoint of the turn")
                .atMost(SOON)
                .until(() -> world.payloads(id, EventPayload.Checkpoint.class).size() > saved);
        return id;
    }

    private String asleep() {
        String id = say(world.ready(), "one");
        assertThat(world.sessions.pause(id, false).state()).isEqualTo(MachineStatus.PAUSED);
        return id;
    }

    private ErrorCode run(String id) {
        try {
            ExecCommand command = ExecCommand.of("true", Duration.ofSeconds(20), 4096);
            assertThat(world.sessions.exec(id, command, ExecOutput.NONE).status())
                    .isZero();
            return ErrorCode.INTERNAL;
        } catch (ProblemException e) {
            return e.problem().code();
        }
    }

    private void untilResumed(String id, String... reasons) {
        await().alias("the reasons of its wake-ups")
                .atMost(SOON)
                .until(
                        () -> world.payloads(id, EventPayload.Resumed.class).stream()
                                .map(EventPayload.Resumed::reason)
                                .toList(),
                        List.of(reasons)::equals);
    }

    @Test
    void aKeyAtTheConsoleOfASleeperWakesItAndReachesIt() throws Exception {
        String id = asleep();
        Console console = world.sessions.console(id).orElseThrow();
        console.write("\n".getBytes(UTF_8));
        assertThat(world.sessions.get(id).agentState()).isEqualTo(AgentStatus.IDLE);
        untilResumed(id, "somebody typed at its console");
        await().alias("the prompt that answers an empty line")
                .atMost(SOON)
                .until(() -> world.driver.machine(id).console.tail(10).endsWith("> "));
    }

    @Test
    void whoLooksAtAConsoleStaysThereWhileTheMachineSleepsAndWakes() throws Exception {
        String id = say(world.ready(), "one");
        Console console = world.sessions.console(id).orElseThrow();
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try (Console.Reader reader = console.reader(0)) {
            assertThat(read(reader, shown)).isPositive();
            world.sessions.pause(id, false);
            while (read(reader, shown) > 0) {
                // what it had written before
            }
            assertThat(read(reader, shown))
                    .as("a sleeper's console is silent, not at its end")
                    .isZero();

            console.write("\n".getBytes(UTF_8));
            int before = shown.size();
            await().alias("what the woken guest writes").atMost(SOON).until(() -> {
                read(reader, shown);
                return shown.size() > before;
            });
            assertThat(shown.toByteArray())
                    .isEqualTo(world.driver.machine(id).console.bytes());

            world.sessions.stop(id);
            await().alias("the end").atMost(SOON).until(() -> read(reader, shown) < 0);
        }
    }

    private static int read(Console.Reader reader, ByteArrayOutputStream shown)
            throws IOException, InterruptedException {
        byte[] buffer = new byte[1024];
        int count = reader.read(buffer, Duration.ofMillis(20));
        shown.write(buffer, 0, Math.max(0, count));
        return count;
    }

    @Test
    void aKeyForASleeperThatDoesNotWakeSaysWhy() {
        String id = asleep();
        world.driver.faults.add("start");
        Console console = world.sessions.console(id).orElseThrow();
        assertThatThrownBy(() -> console.write("x".getBytes(UTF_8)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("sleeps and does not wake")
                .hasMessageContaining("scripted fault of start");
        world.until(id, MachineStatus.PAUSED);
    }

    @Test
    void aCommandWakesASleeper() {
        String id = asleep();
        assertThat(run(id)).isEqualTo(ErrorCode.INTERNAL);
        untilResumed(id, "a command was run in it");
    }

    @Test
    void aCommandForASleeperThatDoesNotWakeSaysWhy() {
        String id = asleep();
        world.driver.faults.add("start");
        assertThat(run(id)).isEqualTo(ErrorCode.BOOT_FAILED);
    }

    @Test
    void aLookInsideAndACheckpointWakeASleeper() {
        String id = asleep();
        world.driver.sshd = null; // the checks are run by the console, then
        assertThat(world.sessions.doctor(id).checks()).isNotEmpty();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        world.sessions.pause(id, false);
        assertThat(world.sessions.checkpoint(id, "mine").kind()).isEqualTo("named");
        untilResumed(id, "it was looked at from inside", "a checkpoint was wanted");
    }

    @Test
    void aMachineWhosePauseFailsAtItsIdleLimitSaysSoAndIsTriedAgainLater() {
        String id = world.sessions.create(World.request("demo", null, 5)).id();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        await().atMost(SOON).until(() -> !world.sessions.checkpoints(id).isEmpty());
        world.driver.faults.add("save");
        await().alias("the first failure")
                .atMost(SOON)
                .until(() -> !world.payloads(id, EventPayload.Failure.class).isEmpty());
        assertThat(world.sessions.get(id).state()).isEqualTo(MachineStatus.RUNNING);
        assertThat(world.driver.machine(id).paused()).isFalse();
        await().alias("no second try at once")
                .during(Duration.ofMillis(500))
                .atMost(SOON)
                .until(() -> world.payloads(id, EventPayload.Failure.class).size() == 1);
        world.driver.faults.clear();
        world.until(id, MachineStatus.PAUSED);
    }

    @Test
    void ofAMachineThatDiedWhileItWasSavedThePreviousCheckpointIsUsed() throws Exception {
        String id = say(say(world.ready(), "one"), "two");
        List<CheckpointView> before = world.sessions.checkpoints(id);
        world.driver.faults.add("half a save");
        assertThatThrownBy(() -> world.sessions.checkpoint(id, "mine"))
                .isInstanceOf(ProblemException.class)
                .hasMessageMatching("(?s).*(the VMM died|could not be saved).*");
        world.until(id, MachineStatus.FAILED);
        assertThat(world.sessions.checkpoints(id)).isEqualTo(before);
        world.driver.faults.clear();

        world.restart();
        world.sessions.rewind(id, before.getLast().seq());
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("one", "two");
        say(id, "three");
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("one", "two", "three");
        try (Stream<Path> directories =
                Files.list(SessionParts.machines(data).resolve(id).resolve("checkpoints"))) {
            assertThat(directories).hasSameSizeAs(world.sessions.checkpoints(id));
        }
    }

    @Test
    void aCheckpointThatWasGivenUpOrIsAnothersIsNoWayBack() {
        String id = say(say(world.ready(), "one"), "two");
        String other = say(world.ready(), "one");
        long thinned = world.sessions.checkpoints(id).get(1).seq();
        world.limit(1);
        lookUntil(() -> world.sessions.checkpoints(id).size() == 1);
        long left = world.sessions.checkpoints(id).getFirst().seq();
        long others = world.sessions.checkpoints(other).getLast().seq() + 1000;
        for (long seq : new long[] {thinned, others, -1, Long.MAX_VALUE}) {
            for (ThrowingCallable way : List.<ThrowingCallable>of(
                    () -> world.sessions.rewind(id, seq),
                    () -> world.sessions.fork(id, new ForkSession(seq, 1, null)),
                    () -> world.sessions.diff(id, seq, null))) {
                assertThatThrownBy(way).isInstanceOfSatisfying(ProblemException.class, e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_REQUEST);
                    assertThat(e.problem().detail()).contains("no checkpoint at " + seq);
                    assertThat(e.problem().next()).contains(String.valueOf(left));
                });
            }
        }
        assertThatThrownBy(() -> world.sessions.fork(id, new ForkSession(null, 1, List.of("paid/no-such"))))
                .isInstanceOfSatisfying(ProblemException.class, e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.UNKNOWN_MODEL);
                    assertThat(e.problem().detail() + e.problem().next()).contains("demo");
                });
        assertThat(world.sessions.list()).hasSize(2);
    }

    @Test
    void layersArePutTogetherWhenTheyAreManyAndCheckpointsStayWhatTheyWere() throws Exception {
        String id = world.ready();
        for (int i = 1; i <= Depth.MANY + 6; i++) {
            say(id, "m" + i);
        }
        await().atMost(SOON).until(() -> world.driver.machine(id).flattened.get() > 0);
        await().atMost(SOON)
                .until(() -> world.driver.under(world.driver.machine(id).disk()).size() <= Depth.MANY);
        CheckpointView early = world.sessions.checkpoints(id).get(2);
        world.sessions.rewind(id, early.seq());
        assertThat(world.driver.machines.get(id).guest.heard()).containsExactly("m1", "m2");
    }

    @Test
    void layersThatCannotBePutTogetherDoNotDisturbUntilTheyAreTooMany() throws Exception {
        world.driver.faults.add("flatten");
        String id = world.ready();
        for (int i = 1; i <= Depth.TOO_MANY; i++) {
            say(id, "m" + i);
        }
        assertThat(world.driver.under(world.driver.machine(id).disk())).hasSize(Depth.TOO_MANY + 1);
        int before = world.payloads(id, EventPayload.TurnFinished.class).size();
        world.sessions.post(id, "one too many");
        world.untilTurns(id, before + 1);
        await().atMost(SOON)
                .until(() -> world.payloads(id, EventPayload.Notice.class).stream()
                        .anyMatch(notice -> notice.text().contains("lies on " + (Depth.TOO_MANY + 1) + " layers")));
        assertThat(world.sessions.get(id).state()).isEqualTo(MachineStatus.RUNNING);
    }

    @Test
    void allSessionsTogetherKeepWithinTheirBudget() {
        String old = say(say(say(world.ready(), "one"), "two"), "three");
        world.sessions.checkpoint(old, "mine");
        String other = say(say(world.ready(), "one"), "two");
        say(other, "three");
        long all = bytes(old) + bytes(other);
        world.limit(all - 1);
        lookUntil(() -> bytes(old) + bytes(other) < all);
        assertThat(world.payloads(old, EventPayload.CheckpointDropped.class)).hasSize(1);
        assertThat(world.payloads(other, EventPayload.CheckpointDropped.class)).isEmpty();

        world.limit(1);
        lookUntil(() -> world.sessions.checkpoints(old).size() == 1
                && world.sessions.checkpoints(other).size() == 1);
        assertThat(world.sessions.checkpoints(old))
                .extracting(CheckpointView::kind)
                .containsExactly("named");
        assertThat(say(other, "four")).isEqualTo(other);
    }

    /** As the watch over the host does. */
    private void lookUntil(BooleanSupplier done) {
        await().atMost(SOON).until(() -> {
            world.sessions.keepWithinBudget();
            return done.getAsBoolean();
        });
    }

    private long bytes(String id) {
        return world.sessions.checkpoints(id).stream()
                .mapToLong(point -> point.diskBytes() + point.memoryBytes())
                .sum();
    }

    @Test
    void whatASleeperWakesFromIsKeptWhateverTheBudget() {
        String id = asleep();
        world.limit(1);
        lookUntil(() -> world.sessions.checkpoints(id).size() == 1);
        say(id, "two");
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("one", "two");
    }
}
