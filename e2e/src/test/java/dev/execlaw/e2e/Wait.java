package dev.execlaw.e2e;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Waits for a fact, with a deadline and a message that says what was missing. */
final class Wait {

    private Wait() {}

    static void until(String what, Duration limit, Callable<Boolean> fact) {
        until(what, limit, Duration.ofMillis(20), fact);
    }

    /** As above, looking only every {@code interval}: where each look is dear. */
    static void until(String what, Duration limit, Duration interval, Callable<Boolean> fact) {
        try {
            Awaitility.await()
                    .pollInterval(interval)
                    .pollDelay(Duration.ZERO)
                    .atMost(limit)
                    .until(fact);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("waited " + limit.toSeconds() + " s in vain for " + what, e);
        }
    }
}
