package dev.execlaw.microvm.network.names;

import java.util.function.LongSupplier;

/** So many per second, and a few more at once after a pause. Any thread. */
final class Rate {

    private final int perSecond;
    private final int burst;
    private final LongSupplier nanos;
    private double tokens;
    private long last;

    Rate(int perSecond, int burst, LongSupplier nanos) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.nanos = nanos;
        this.tokens = burst;
        this.last = nanos.getAsLong();
    }

    /** Takes one; false when there is none. */
    synchronized boolean take() {
        long now = nanos.getAsLong();
        tokens = Math.min(burst, tokens + (now - last) * perSecond / 1e9);
        last = now;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }
}
