package dev.execlaw.microvm.diff;

import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;

/** When a comparison must come to its end. Belongs to one thread. */
final class Deadline {

    private final LongSupplier nanos;
    private final long end;

    Deadline(Duration time, LongSupplier nanos) {
        this.nanos = nanos;
        this.end = nanos.getAsLong() + time.toNanos();
    }

    void check() throws Passed {
        if (nanos.getAsLong() - end > 0) {
            throw new Passed();
        }
    }

    /** The time is over. */
    static final class Passed extends IOException {

        private static final long serialVersionUID = 1L;
    }
}
