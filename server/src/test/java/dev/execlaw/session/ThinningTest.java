package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.session.Thinning.Candidate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Which checkpoints stay: by examples, and as properties of random lives of sessions. */
class ThinningTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final long PLENTY = Long.MAX_VALUE;

    private static Candidate ago(long seq, Duration age) {
        return new Candidate(seq, NOW.minus(age), 10, false);
    }

    private static List<Candidate> every(Duration step, int count) {
        List<Candidate> all = new ArrayList<>();
        for (int i = count; i >= 1; i--) {
            all.add(ago(count - i + 1, step.multipliedBy(i)));
        }
        return all;
    }

    private static List<Candidate> left(List<Candidate> all, Set<Long> dropped) {
        return all.stream().filter(c -> !dropped.contains(c.seq())).toList();
    }

    private static long bytes(List<Candidate> all) {
        return all.stream().mapToLong(Candidate::bytes).sum();
    }

    @Test
    void anHourStaysWholeThenOneInTenMinutesAnHourADay() {
        List<Candidate> all = every(Duration.ofMinutes(1), 60 * 24 * 20);
        List<Candidate> left = left(all, Thinning.drop(all, NOW, PLENTY));
        assertThat(left.stream().filter(c -> c.at().isAfter(NOW.minus(61, ChronoUnit.MINUTES))))
                .hasSize(60);
        assertThat(left.stream()
                        .filter(c -> c.at().isBefore(NOW.minus(2, ChronoUnit.HOURS))
                                && !c.at().isBefore(NOW.minus(20, ChronoUnit.HOURS))))
                .hasSize(18 * 6);
        assertThat(left.stream()
                        .filter(c -> c.at().isBefore(NOW.minus(2, ChronoUnit.DAYS))
                                && !c.at().isBefore(NOW.minus(6, ChronoUnit.DAYS))))
                .hasSize(4 * 24);
        // Days end at midnight; the first is kept beside its day's newest.
        assertThat(left.stream().filter(c -> c.at().isBefore(NOW.minus(8, ChronoUnit.DAYS))))
                .hasSize(12 + 1);
        assertThat(left.getFirst().seq()).isEqualTo(1);
    }

    @Test
    void aBudgetTakesTheOldestTheFirstAndTheNamedInThisOrderAndNeverTheNewest() {
        List<Candidate> all = List.of(
                ago(1, Duration.ofMinutes(50)),
                new Candidate(2, NOW.minus(Duration.ofMinutes(40)), 10, true),
                ago(3, Duration.ofMinutes(30)),
                ago(4, Duration.ofMinutes(20)),
                ago(5, Duration.ofMinutes(10)));
        assertThat(Thinning.drop(all, NOW, 50)).isEmpty();
        assertThat(Thinning.drop(all, NOW, 49)).containsExactly(3L);
        assertThat(Thinning.drop(all, NOW, 30)).containsExactlyInAnyOrder(3L, 4L);
        assertThat(Thinning.drop(all, NOW, 20)).containsExactlyInAnyOrder(1L, 3L, 4L);
        assertThat(Thinning.drop(all, NOW, 10)).containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
        assertThat(Thinning.drop(all, NOW, 0)).containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
        assertThat(Thinning.drop(List.of(), NOW, 0)).isEmpty();
    }

    @Test
    void acrossSessionsTheOldestGoFirstWhoseverTheyAre() {
        Map<String, List<Candidate>> sessions = Map.of(
                "a", List.of(ago(1, Duration.ofHours(9)), ago(2, Duration.ofHours(5)), ago(3, Duration.ofHours(1))),
                "b", List.of(ago(1, Duration.ofHours(8)), ago(2, Duration.ofHours(6)), ago(3, Duration.ofHours(2))));
        assertThat(Thinning.overBudget(sessions, 60)).isEmpty();
        assertThat(Thinning.overBudget(sessions, 59)).isEqualTo(Map.of("b", Set.of(2L)));
        assertThat(Thinning.overBudget(sessions, 40)).isEqualTo(Map.of("a", Set.of(2L), "b", Set.of(2L)));
        assertThat(Thinning.overBudget(sessions, 30)).isEqualTo(Map.of("a", Set.of(1L, 2L), "b", Set.of(2L)));
        assertThat(Thinning.overBudget(sessions, 0)).isEqualTo(Map.of("a", Set.of(1L, 2L), "b", Set.of(1L, 2L)));
    }

    private static List<Candidate> random(SplittableRandom random) {
        List<Candidate> all = new ArrayList<>();
        Instant at = NOW.minusSeconds(random.nextLong(60L * 24 * 3600));
        long seq = random.nextLong(100);
        while (at.isBefore(NOW) && all.size() < 400) {
            all.add(new Candidate(seq, at, random.nextLong(20), random.nextInt(15) == 0));
            seq += 1 + random.nextLong(9);
            at = at.plusSeconds(random.nextInt(4) == 0 ? random.nextLong(40 * 3600) : random.nextLong(1200));
        }
        return all;
    }

    private static Duration spanAt(Duration age) {
        return age.compareTo(Duration.ofDays(1)) <= 0
                ? Duration.ofMinutes(10)
                : age.compareTo(Duration.ofDays(7)) <= 0 ? Duration.ofHours(1) : Duration.ofDays(1);
    }

    @RepeatedTest(200)
    void holdsForAnyLife(RepetitionInfo repetition) {
        SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
        List<Candidate> all = random(random);
        Set<Long> byAge = Thinning.drop(all, NOW, PLENTY);
        List<Candidate> kept = left(all, byAge);
        for (Candidate c : all) {
            Duration age = Duration.between(c.at(), NOW);
            if (byAge.contains(c.seq())) {
                assertThat(c.named()).isFalse();
                assertThat(age).isGreaterThan(Duration.ofHours(1));
                // A later one that stays stands in for it, at most one span away.
                assertThat(kept.stream()
                                .anyMatch(k -> k.seq() > c.seq()
                                        && Duration.between(c.at(), k.at()).compareTo(spanAt(age)) < 0))
                        .as("what stands in for %s", c)
                        .isTrue();
            }
        }
        if (!all.isEmpty()) {
            assertThat(kept).contains(all.getFirst(), all.getLast());
        }
        assertThat(Thinning.drop(kept, NOW, PLENTY)).as("once is enough").isEmpty();

        long budget = random.nextLong(Math.max(1, 2 * bytes(all)));
        Set<Long> dropped = Thinning.drop(all, NOW, budget);
        List<Candidate> within = left(all, dropped);
        assertThat(dropped).containsAll(byAge);
        assertThat(bytes(within) <= budget || within.size() == 1)
                .as("within %s or only the newest: %s", budget, within)
                .isTrue();
        if (within.stream().anyMatch(c -> !c.named() && c.seq() != all.getLast().seq())) {
            assertThat(all.stream().filter(c -> dropped.contains(c.seq()) && c.named()))
                    .as("the named go last")
                    .isEmpty();
        }
        assertThat(dropped).as("more room keeps more").containsAll(Thinning.drop(all, NOW, budget + 100));
        assertThat(new TreeSet<>(dropped)).isEqualTo(new TreeSet<>(Thinning.drop(shuffled(all, random), NOW, budget)));
    }

    private static List<Candidate> shuffled(List<Candidate> all, SplittableRandom random) {
        Map<Long, Integer> keys = new HashMap<>();
        all.forEach(c -> keys.put(c.seq(), random.nextInt()));
        return all.stream().sorted(Comparator.comparing(c -> keys.get(c.seq()))).toList();
    }

    @RepeatedTest(50)
    void timeOnlyThinsFurther(RepetitionInfo repetition) {
        SplittableRandom random = new SplittableRandom(1000 + repetition.getCurrentRepetition());
        List<Candidate> all = random(random);
        List<Candidate> step = all;
        Instant now = NOW;
        for (int i = 0; i < 20; i++) {
            step = left(step, Thinning.drop(step, now, PLENTY));
            now = now.plusSeconds(random.nextLong(36 * 3600));
        }
        step = left(step, Thinning.drop(step, now, PLENTY));
        List<Candidate> atOnce = left(all, Thinning.drop(all, now, PLENTY));
        assertThat(step).as("thinned often or once comes to the same").isEqualTo(atOnce);
    }
}
