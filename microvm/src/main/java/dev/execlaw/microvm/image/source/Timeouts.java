package dev.execlaw.microvm.image.source;

import java.time.Duration;

/**
 * How long the network may take.
 *
 * @param connect until a connection is up
 * @param answer until the head of the answer is there
 * @param idle the longest silence within an answer's body
 * @param total the whole of one file, all attempts and pauses together
 */
public record Timeouts(Duration connect, Duration answer, Duration idle, Duration total) {

    /** Ten seconds, half a minute, half a minute, an hour. */
    public static final Timeouts DEFAULT =
            new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofHours(1));

    public Timeouts {
        for (Duration timeout : new Duration[] {connect, answer, idle, total}) {
            if (timeout.isZero() || timeout.isNegative()) {
                throw new IllegalArgumentException("a timeout is " + timeout + ", it must be positive");
            }
        }
    }
}
