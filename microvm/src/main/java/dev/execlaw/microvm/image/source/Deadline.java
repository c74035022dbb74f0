package dev.execlaw.microvm.image.source;

import java.time.Duration;

/** A moment until which something must be done, on the clock that no one sets. */
record Deadline(Duration total, long endNanos) {

    static Deadline in(Duration total) {
        return new Deadline(total, System.nanoTime() + total.toNanos());
    }

    Duration left() {
        return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
    }

    void check(String what) throws SourceException {
        if (left().isZero()) {
            throw new SourceException(what + " took longer than " + total.toSeconds()
                    + " s: fetch it by other means and give the file itself, or set a nearer mirror");
        }
    }
}
