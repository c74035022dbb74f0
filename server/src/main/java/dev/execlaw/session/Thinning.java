package dev.execlaw.session;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which checkpoints are given up. All of the last hour stay; then one of every ten minutes for a day, one of every hour for
 * a week, one of every day after that, each time the newest; and always the newest of all, the first, and those with a
 * name. What then is more than a budget allows goes oldest first: the nameless, the first, and in the end the named; the newest
 * of a session never. Pure.
 */
final class Thinning {

    private static final Duration ALL = Duration.ofHours(1);

    // The spans divide each other and count from 1970, so the newest of a longer span was the newest of its shorter
    // one.
    private static final List<Tier> TIERS = List.of(
            new Tier(Duration.ofDays(1), Duration.ofMinutes(10)),
            new Tier(Duration.ofDays(7), Duration.ofHours(1)),
            new Tier(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofDays(1)));

    private Thinning() {}

    /** Checkpoints younger than {@code until} are kept one for each {@code span}. */
    private record Tier(Duration until, Duration span) {}

    /**
     * A checkpoint as far as it matters here.
     *
     * @param seq its place in the session's log
     * @param bytes what the disk has back without it
     * @param named whether a person gave it a name
     */
    record Candidate(long seq, Instant at, long bytes, boolean named) {

        Candidate {
            if (bytes < 0) {
                throw new IllegalArgumentException("bytes is " + bytes + ", it must not be negative");
            }
        }
    }

    /** What one session gives up: sequence numbers. */
    static Set<Long> drop(List<Candidate> checkpoints, Instant now, long budgetBytes) {
        Set<Long> byAge = tooClose(checkpoints, now);
        List<Candidate> left =
                checkpoints.stream().filter(c -> !byAge.contains(c.seq)).toList();
        Set<Long> dropped = new HashSet<>(byAge);
        dropped.addAll(overBudget(Map.of("", left), budgetBytes).getOrDefault("", Set.of()));
        return dropped;
    }

    /**
     * What sessions give up so that all together are within a budget: sequence numbers by session; sessions that give up
     * nothing are left out.
     */
    static Map<String, Set<Long>> overBudget(Map<String, List<Candidate>> sessions, long budgetBytes) {
        List<Ranked> ranked = new ArrayList<>();
        long total = 0;
        for (Map.Entry<String, List<Candidate>> session : sessions.entrySet()) {
            total += session.getValue().stream().mapToLong(Candidate::bytes).sum();
            ranked.addAll(ranked(session.getKey(), session.getValue()));
        }
        ranked.sort(Comparator.comparing(Ranked::rank)
                .thenComparing(r -> r.candidate.at)
                .thenComparing(Ranked::session)
                .thenComparingLong(r -> r.candidate.seq));
        Map<String, Set<Long>> dropped = new HashMap<>();
        for (Ranked next : ranked) {
            if (total <= budgetBytes) {
                break;
            }
            total -= next.candidate.bytes;
            dropped.computeIfAbsent(next.session, _ -> new HashSet<>()).add(next.candidate.seq);
        }
        return dropped;
    }

    private record Ranked(String session, Candidate candidate, Rank rank) {}

    /** In the order in which they go. */
    private enum Rank {
        PLAIN,
        FIRST,
        NAMED
    }

    private static List<Ranked> ranked(String session, List<Candidate> checkpoints) {
        long first = first(checkpoints);
        long newest = newest(checkpoints);
        return checkpoints.stream()
                .filter(c -> c.seq != newest)
                .map(c -> new Ranked(session, c, c.named ? Rank.NAMED : c.seq == first ? Rank.FIRST : Rank.PLAIN))
                .toList();
    }

    private static Set<Long> tooClose(List<Candidate> checkpoints, Instant now) {
        Map<Span, Long> newestOf = checkpoints.stream()
                .filter(c -> age(c, now).compareTo(ALL) > 0)
                .collect(Collectors.toMap(c -> span(c, now), Candidate::seq, Math::max));
        long first = first(checkpoints);
        long newest = newest(checkpoints);
        return checkpoints.stream()
                .filter(c -> age(c, now).compareTo(ALL) > 0)
                .filter(c -> !c.named && c.seq != first && c.seq != newest)
                .filter(c -> !Objects.equals(newestOf.get(span(c, now)), c.seq))
                .map(Candidate::seq)
                .collect(Collectors.toSet());
    }

    private record Span(Duration length, long index) {}

    private static Span span(Candidate checkpoint, Instant now) {
        Tier tier = TIERS.stream()
                .filter(t -> age(checkpoint, now).compareTo(t.until) <= 0)
                .findFirst()
                .orElseThrow();
        return new Span(tier.span, Math.floorDiv(checkpoint.at.getEpochSecond(), tier.span.toSeconds()));
    }

    private static Duration age(Candidate checkpoint, Instant now) {
        return Duration.between(checkpoint.at, now);
    }

    private static long first(List<Candidate> checkpoints) {
        return checkpoints.stream().mapToLong(Candidate::seq).min().orElse(-1);
    }

    private static long newest(List<Candidate> checkpoints) {
        return checkpoints.stream().mapToLong(Candidate::seq).max().orElse(-1);
    }
}
