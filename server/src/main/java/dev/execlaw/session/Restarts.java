package dev.execlaw.session;

import java.time.Duration;
import java.util.Optional;

/**
 * How often an agent that ends by itself is started again before it is given up: at once, then after a pause, then after
 * one four times as long. A turn that it brings to its end begins the count anew. Belongs to the supervisor's thread.
 */
final class Restarts {

    private static final int MOST = 3;

    private final Duration pause;
    private int ends;

    Restarts(Duration pause) {
        this.pause = pause;
    }

    /** It has ended. How long to wait until its next start; empty when there should be none. */
    Optional<Duration> ended() {
        ends++;
        return switch (ends) {
            case 1 -> Optional.of(Duration.ZERO);
            case 2 -> Optional.of(pause);
            case MOST -> Optional.of(pause.multipliedBy(4));
            default -> Optional.empty();
        };
    }

    /** How often it has ended in a row. */
    int count() {
        return ends;
    }

    /** It works, or somebody starts it by hand. */
    void over() {
        ends = 0;
    }
}
