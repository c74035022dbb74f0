package dev.execlaw.e2e;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Waits for a fact, with a deadline and a message that says what was missing. */
final class Wait {

    private Wait() {}

    static void until(String what, Duration limit, Callable<Boolean> fact) {
        try {
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(20))
                    .pollDelay(Duration.ZERO)
                    .atMost(limit)
                    .until(fact);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("waited " + limit.toSeconds() + " s in vain for " + what, e);
        }
    }
}
