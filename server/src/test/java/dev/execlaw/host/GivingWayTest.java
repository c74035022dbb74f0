package dev.execlaw.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that are idle give way to new ones. */
@Timeout(60)
class GivingWayTest {

    @TempDir
    Path data;

    private final SimulatedHost host = new SimulatedHost(2000);
    private final Evictions evictions = new Evictions();
    private final Map<String, ProcessIdentity> idle = new LinkedHashMap<>();
    private final List<String> asked = new ArrayList<>();
    private Capacity capacity;

    @BeforeEach
    void open() {
        capacity = new Capacity(
                host, new HostLimits(500, 0, 0, 50), data, evictions, Duration.ofSeconds(60), host.nanoTime::get);
    }

    /** Fills the host with idle clones of 100 MiB that may not grow, the oldest first; returns how many. */
    private int fill() {
        int count = 0;
        while (host.availableMiB() - 100 >= 500) {
            String session = "idle" + count++;
            capacity.reserve(session, new Demand(100, new Demand.Start.Cold()));
            ProcessIdentity machine = host.machine(100);
            capacity.started(session, machine);
            capacity.measure();
            idle.put(session, machine);
        }
        host.later(60);
        capacity.measure();
        return count;
    }

    private synchronized Optional<String> next(String why) {
        asked.add(why);
        return idle.keySet().stream().findFirst();
    }

    private synchronized Optional<Victims.Victim> hibernate(String why) {
        return next(why).map(session -> {
            ProcessIdentity machine = idle.remove(session);
            CompletableFuture<Void> gone = CompletableFuture.runAsync(() -> {
                host.ends(machine);
                capacity.release(session);
            });
            return new Victims.Victim(session, gone);
        });
    }

    private ProblemException refused() {
        return catchThrowableOfType(ProblemException.class, () -> capacity.reserve("new", Demand.cold(100)));
    }

    @Test
    void theLongestIdleGoesAndNoMoreThanNeeded() {
        evictions.from(this::hibernate);
        assertThat(fill()).isEqualTo(15);
        assertThat(asked).isEmpty();
        capacity.reserve("new", Demand.cold(250));
        assertThat(idle)
                .hasSize(12)
                .doesNotContainKeys("idle0", "idle1", "idle2")
                .containsKey("idle3");
        assertThat(asked).hasSize(3).allSatisfy(why -> assertThat(why).contains("another session"));
    }

    @Test
    void aBurstIsAdmittedAsLongAsAnyoneIsIdle() throws Exception {
        evictions.from(this::hibernate);
        int all = fill();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> starts = new ArrayList<>();
            for (int i = 0; i < all; i++) {
                String session = "new" + i;
                starts.add(threads.submit(() -> capacity.reserve(session, Demand.cold(100))));
            }
            for (Future<?> start : starts) {
                start.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(idle).isEmpty();
        assertThat(capacity.reservedMiB()).isEqualTo(1500);
        assertThat(refused().problem().detail())
                .contains("no other session is idle")
                .contains("0 MiB to give");
    }

    @Test
    void whoFindsNobodyIdleWaitsForOneThatIsGoing() throws Exception {
        fill();
        CompletableFuture<Void> gone = new CompletableFuture<>();
        CompletableFuture<Void> secondAsked = new CompletableFuture<>();
        evictions.from(why -> {
            Optional<String> session = next(why).filter(_ -> asked.size() == 1);
            if (session.isEmpty()) {
                secondAsked.complete(null);
            }
            return session.map(id -> new Victims.Victim(id, gone));
        });
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = threads.submit(() -> capacity.reserve("first", Demand.cold(50)));
            Awaitility.await().until(() -> evictions.underWay() == 1);
            Future<?> second = threads.submit(() -> capacity.reserve("second", Demand.cold(50)));
            secondAsked.get(10, TimeUnit.SECONDS);
            assertThat(first.isDone()).isFalse();
            host.ends(idle.get("idle0"));
            capacity.release("idle0");
            gone.complete(null);
            first.get(10, TimeUnit.SECONDS);
            second.get(10, TimeUnit.SECONDS);
        }
        assertThat(evictions.underWay()).isZero();
    }

    @Test
    void whoCannotGiveWayIsNamed() {
        fill();
        evictions.from(why -> next(why)
                .map(session -> new Victims.Victim(
                        session, CompletableFuture.failedFuture(new IOException("no space left on device")))));
        ProblemException refused = refused();
        assertThat(refused.problem().code()).isEqualTo(ErrorCode.CAPACITY_MEMORY);
        assertThat(refused.problem().detail()).contains("no space left on device");
        assertThat(asked).hasSize(3);
        assertThat(evictions.underWay()).isZero();
    }

    @Test
    void theWaitHasADeadline() {
        Capacity hasty = new Capacity(
                host, new HostLimits(500, 0, 0, 50), data, evictions, Duration.ofMillis(50), System::nanoTime);
        hasty.adopt("full", 1500, host.machine(1500));
        evictions.from(_ -> Optional.of(new Victims.Victim("full", new CompletableFuture<>())));
        ProblemException refused =
                catchThrowableOfType(ProblemException.class, () -> hasty.reserve("new", Demand.cold(100)));
        assertThat(refused.problem().detail()).contains("did not make enough room within 0 s");
    }

    @Test
    void roomThatOthersTakeAtOnceIsNotWaitedForForEver() {
        fill();
        evictions.from(_ -> {
            host.later(7); // it gave way, and someone else was faster
            return Optional.of(new Victims.Victim("any", CompletableFuture.completedFuture(null)));
        });
        assertThat(refused().problem().detail()).contains("did not make enough room within 60 s");
    }

    @Test
    void whatIsCalledOffStopsWaiting() throws Exception {
        fill();
        evictions.from(why -> next(why).map(session -> new Victims.Victim(session, new CompletableFuture<>())));
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread start = Thread.ofVirtual().start(() -> {
            ProblemException refused = refused();
            interrupted.complete(Thread.currentThread().isInterrupted()
                    && refused.problem().detail().contains("called off"));
        });
        Awaitility.await().until(() -> evictions.underWay() == 1);
        start.interrupt();
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void nobodyGoesForAMachineThatCannotFitAtAll() {
        evictions.from(this::hibernate);
        int all = fill();
        ProblemException refused =
                catchThrowableOfType(ProblemException.class, () -> capacity.reserve("new", Demand.cold(1600)));
        assertThat(refused.problem().detail()).contains("with no other machine in memory it would not fit either");
        assertThat(idle).hasSize(all);
    }

    @Test
    void pressureHasOneGoAtATimeAndFourWhenItIsSevere() {
        fill();
        List<CompletableFuture<Void>> going = new ArrayList<>();
        evictions.from(why -> {
            asked.add(why);
            CompletableFuture<Void> gone = new CompletableFuture<>();
            going.add(gone);
            return Optional.of(new Victims.Victim("s" + going.size(), gone));
        });
        List<Pressure.Level> pool = new ArrayList<>();
        Relief relief = new Relief(evictions, pool::add);
        Pressure.Report some =
                new Pressure.Report(Pressure.Level.SOME, Pressure.Level.NONE, List.of("400 MiB of memory available"));
        relief.accept(some);
        relief.accept(some);
        assertThat(going).hasSize(1);
        assertThat(asked.getFirst()).isEqualTo("the host is short: 400 MiB of memory available");
        going.getFirst().complete(null);
        relief.accept(some);
        assertThat(going).hasSize(2);
        relief.accept(new Pressure.Report(Pressure.Level.SEVERE, Pressure.Level.NONE, List.of("200 MiB")));
        assertThat(going).hasSize(5);
        relief.accept(new Pressure.Report(Pressure.Level.NONE, Pressure.Level.NONE, List.of()));
        assertThat(going).hasSize(5);
        assertThat(pool)
                .containsExactly(
                        Pressure.Level.SOME,
                        Pressure.Level.SOME,
                        Pressure.Level.SOME,
                        Pressure.Level.SEVERE,
                        Pressure.Level.NONE);
    }
}
