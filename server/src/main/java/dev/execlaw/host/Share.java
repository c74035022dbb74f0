package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one machine was promised and what it has.
 *
 * @param vmm its process; null before its start
 * @param heldMiB memory it had when last measured
 * @param startedAt when it started, {@link System#nanoTime}; no meaning before
 * @param measuredAt when {@code heldMiB} was measured, {@link System#nanoTime}; when it started, where it never was
 */
record Share(Demand demand, @Nullable ProcessIdentity vmm, int heldMiB, long startedAt, long measuredAt) {

    /** A machine this old has booted, or woken, and has what it needs to wait for work. */
    static final Duration SETTLING = Duration.ofSeconds(60);

    private static final Duration MEASURED_AGAIN = Duration.ofSeconds(30);

    static Share promised(Demand demand) {
        return new Share(demand, null, 0, 0, 0);
    }

    /** The same, running since {@code at}. */
    Share started(ProcessIdentity process, long at) {
        return new Share(demand, process, 0, at, at);
    }

    Share measured(int mib, long now) {
        return new Share(demand, vmm, mib, startedAt, now);
    }

    /** Whether it was measured when it was old enough to be taken for what it is. */
    boolean settled() {
        return vmm != null && measuredAt - startedAt >= SETTLING.toNanos();
    }

    /** Whether it is time to measure it: each time while it grows up, seldom after that. */
    boolean due(long now) {
        return vmm != null && (!settled() || now - measuredAt >= MEASURED_AGAIN.toNanos());
    }
}
