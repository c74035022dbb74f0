package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventPayload.TurnFinished;
import dev.execlaw.event.EventPayload.TurnStarted;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands and failures in random order, by seed: whatever happens, the books agree with the world. */
class RandomLivesTest {

    private static final int STEPS = 120;

    @TempDir
    Path data;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theInvariantsHold(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> ids = new ArrayList<>();
        List<String> done = new ArrayList<>();
        ScriptedNetwork taps = seed % 2 == 0 ? new ScriptedNetwork() : null;
        try (World world = new World(data, taps)) {
            for (int i = 0; i < STEPS; i++) {
                String step = step(random, world, ids);
                done.add(step);
            }
            world.driver.faults.clear();
            settle(world, ids);
            check(world, ids, "seed " + seed + ": " + done);
            ids.forEach(world.sessions::delete);
            assertThat(world.onHost()).isEmpty();
            assertThat(world.ledger.all()).isEmpty();
            assertThat(world.slots.holders()).isEmpty();
            assertThat(world.capacity.reservedMiB()).isZero();
            if (taps != null) {
                assertThat(taps.attached).isEmpty();
                assertThat(taps.calls).isNotEmpty();
            }
        }
    }

    private static String step(SplittableRandom random, World world, List<String> ids) {
        if (ids.isEmpty() || (random.nextInt(8) == 0 && ids.size() < 4)) {
            ids.add(world.sessions.create(World.request()).id());
            return "create";
        }
        String id = ids.get(random.nextInt(ids.size()));
        int kind = random.nextInt(16);
        String name = "%d on %d".formatted(kind, ids.indexOf(id));
        try {
            switch (kind) {
                case 0, 1, 2 -> world.sessions.post(id, random.nextBoolean() ? "hang" : "hello");
                case 3 -> world.sessions.post(id, "exit");
                case 4 -> world.sessions.stop(id);
                case 5, 6 -> world.sessions.start(id);
                case 7 -> world.sessions.interrupt(id);
                case 8 -> machine(world, id, machine -> machine.dies(new MachineExit.Crashed(137, "oops")));
                case 9 -> machine(world, id, machine -> machine.dies(new MachineExit.PoweredOff()));
                case 10 -> machine(world, id, machine -> machine.guest.release());
                case 11 -> {
                    world.driver.faults.clear();
                    world.driver.faults.add(
                            List.of("clone", "start", "inject", "adopt", "none").get(random.nextInt(5)));
                }
                case 12 -> world.restart();
                case 13 -> {
                    world.sessions.delete(id);
                    ids.remove(id);
                }
                case 14 -> Thread.ofVirtual().start(() -> examine(world, id));
                case 15 -> machine(world, id, machine -> machine.guest.suspendedByHand());
                default -> throw new AssertionError(kind);
            }
        } catch (ProblemException e) {
            assertThat(e.problem().code()).as(name).isEqualTo(ErrorCode.STATE_CONFLICT);
        }
        return name;
    }

    /** On a thread of its own, so that everything else may come in between. */
    private static void examine(World world, String id) {
        try {
            Checkup _ = world.sessions.doctor(id);
        } catch (ProblemException e) {
            // Any answer will do: what counts is what the session becomes.
            assertThat(e.problem().next()).isNotBlank();
        }
    }

    private static void machine(World world, String id, java.util.function.Consumer<ScriptedMachine> act) {
        ScriptedMachine machine = world.driver.machine(id);
        if (machine != null) {
            act.accept(machine);
        }
    }

    /** Lets every hanging turn end and every queue empty. */
    private static void settle(World world, List<String> ids) {
        for (String id : ids) {
            await().alias("session " + id + " settles")
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> {
                        machine(world, id, machine -> machine.guest.release());
                        SessionView view = world.sessions.get(id);
                        return switch (view.state()) {
                            case STOPPED, FAILED -> true;
                            case RUNNING ->
                                (view.agentState() == AgentStatus.IDLE
                                                && view.queue().isEmpty())
                                        || view.agentState() == AgentStatus.FAILED;
                            case CREATING, BOOTING, PAUSED, STOPPING -> false;
                        };
                    });
        }
    }

    private static boolean lastTurnHasAnEnd(List<Event> events) {
        return events.reversed().stream()
                .map(Event::payload)
                .filter(payload -> payload instanceof TurnStarted || payload instanceof TurnFinished)
                .findFirst()
                .map(payload -> payload instanceof TurnFinished)
                .orElse(true);
    }

    private static void check(World world, List<String> ids, String story) {
        for (String id : ids) {
            // What a session is shows a moment before the log has the last of how it came to be.
            await().alias(story + ": the last turn of " + id + " has an end")
                    .atMost(Duration.ofSeconds(5))
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> lastTurnHasAnEnd(world.events(id)));
            List<Event> events = world.events(id);
            assertThat(events)
                    .as(story)
                    .extracting(Event::seq)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, events.size()).boxed().toList());
            boolean open = false;
            for (Event event : events) {
                if (event.payload() instanceof TurnStarted) {
                    assertThat(open).as(story + ": a turn within a turn").isFalse();
                    open = true;
                } else if (event.payload() instanceof TurnFinished) {
                    assertThat(open).as(story + ": an end without a turn").isTrue();
                    open = false;
                }
            }
            boolean running = world.sessions.get(id).state() == MachineStatus.RUNNING;
            assertThat(world.driver.processes.directories().stream()
                            .filter(directory -> directory.endsWith(id))
                            .count())
                    .as(story)
                    .isEqualTo(running ? 1 : 0);
            assertThat(world.gateway.session(id).isPresent()).as(story).isEqualTo(running);
        }
        assertThat(world.driver.processes.directories()).hasSizeLessThanOrEqualTo(ids.size());
    }
}
