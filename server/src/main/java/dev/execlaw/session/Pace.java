package dev.execlaw.session;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** How fast a session spends: what its calls took within the last minute. Guarded by its owner; times are nanoseconds. */
final class Pace {

    static final long WINDOW = Duration.ofMinutes(1).toNanos();

    private final Deque<Spent> requests = new ArrayDeque<>();
    private final Deque<Spent> tokens = new ArrayDeque<>();

    private record Spent(long at, long amount) {}

    void request(long now) {
        requests.addLast(new Spent(now, 1));
    }

    void tokens(long now, long amount) {
        tokens.addLast(new Spent(now, amount));
    }

    /** How long until a call keeps within the caps; empty when it does so now. */
    Optional<Slower> wait(SessionPolicy policy, long now) {
        Integer perMinute = policy.requestsPerMin();
        Long tokensPerMinute = policy.tokensPerMin();
        long first = perMinute == null ? 0 : wait(requests, perMinute, now);
        long second = tokensPerMinute == null ? 0 : wait(tokens, tokensPerMinute, now);
        if (first <= 0 && second <= 0) {
            return Optional.empty();
        }
        return Optional.of(
                first >= second && perMinute != null
                        ? new Slower("requestsPerMin", perMinute, perMinute + " requests a minute", first)
                        : new Slower(
                                "tokensPerMin",
                                tokensPerMinute == null ? 0 : tokensPerMinute,
                                tokensPerMinute + " tokens a minute",
                                second));
    }

    /** A cap that is met, and the time until it is not, nanoseconds. */
    record Slower(String cap, double limit, String words, long time) {}

    private static long wait(Deque<Spent> spent, long cap, long now) {
        while (!spent.isEmpty() && now - spent.peekFirst().at() >= WINDOW) {
            spent.removeFirst();
        }
        long left = spent.stream().mapToLong(Spent::amount).sum();
        for (Spent one : spent) {
            if (left < cap) {
                break;
            }
            left -= one.amount();
            if (left < cap) {
                return one.at() + WINDOW - now;
            }
        }
        return 0;
    }
}
