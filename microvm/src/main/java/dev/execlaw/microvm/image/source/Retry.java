package dev.execlaw.microvm.image.source;

import dev.execlaw.microvm.image.Progress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Tries again what failed for a reason that may pass: any {@link IOException} that is no {@link SourceException}. The
 * pauses double, with jitter, and follow a server's Retry-After up to the longest pause.
 *
 * @param attempts how often at most, at least 1
 * @param first the first pause
 * @param longest no pause is longer
 * @param random for the jitter
 * @param pause how to wait
 */
record Retry(int attempts, Duration first, Duration longest, RandomGenerator random, Pause pause) {

    /** Waits; injected, so that tests see the pauses instead of living through them. */
    interface Pause {
        void await(Duration duration) throws InterruptedException;
    }

    /** One try. */
    interface Attempt<T> {
        T run() throws IOException, InterruptedException;
    }

    static Retry standard() {
        return new Retry(
                5,
                Duration.ofMillis(500),
                Duration.ofSeconds(20),
                RandomGenerator.getDefault(),
                // Nothing counts it down: only the time or an interrupt ends it.
                duration -> {
                    boolean ignored = new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
                });
    }

    <T> T run(String what, Deadline deadline, Progress progress, Attempt<T> attempt)
            throws IOException, InterruptedException {
        for (int number = 1; ; number++) {
            try {
                return attempt.run();
            } catch (SourceException e) {
                throw e;
            } catch (IOException e) {
                Duration pauseNow = pauseAfter(number, e);
                if (number == attempts || pauseNow.compareTo(deadline.left()) >= 0) {
                    String tries = number == 1 ? "1 attempt" : number + " attempts";
                    throw new SourceException(
                            what + " could not be fetched in " + tries + ": " + reason(e)
                                    + ". Check the network (and https_proxy, http_proxy), set a mirror, or give the"
                                    + " file itself",
                            e);
                }
                progress.note(reason(e) + "; trying again in " + pauseNow.toMillis() + " ms (" + number + " of "
                        + attempts + ")");
                pause.await(pauseNow);
            }
        }
    }

    private Duration pauseAfter(int number, IOException e) {
        Duration doubled = first.multipliedBy(1L << Math.min(number - 1, 20));
        Duration capped = doubled.compareTo(longest) < 0 ? doubled : longest;
        Duration jittered = capped.multipliedBy(500 + random.nextInt(501)).dividedBy(1000);
        if (e instanceof PassingException passing && passing.retryAfter().compareTo(jittered) > 0) {
            return passing.retryAfter().compareTo(longest) < 0 ? passing.retryAfter() : longest;
        }
        return jittered;
    }

    private static String reason(IOException e) {
        return switch (e) {
            case HttpConnectTimeoutException timeout -> "no connection within the time";
            case UnknownHostException unknown -> "unknown host " + unknown.getMessage();
            case ConnectException refused ->
                refused.getCause() instanceof UnresolvedAddressException
                        ? "the host's name cannot be resolved"
                        : "no connection" + (refused.getMessage() == null ? "" : " (" + refused.getMessage() + ")");
            default -> e.getMessage() == null ? e.toString() : e.getMessage();
        };
    }
}
