package dev.execlaw.session;

import dev.execlaw.event.EventPayload.Paused;
import dev.execlaw.host.MachineActivity;
import java.time.Duration;
import java.util.Optional;

/**
 * What becomes of a machine that nobody needs, and when: its vCPUs are stopped after seconds, and it is put on disk after
 * minutes. Belongs to the supervisor's thread.
 */
final class Idleness {

    /** Between two looks at a machine that could doze and does something. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final SessionParts parts;
    private final Chronicle chronicle;
    private final Running running;
    private final Slumber slumber;
    private long lookAt = System.nanoTime();
    private long sleepAt = System.nanoTime();

    Idleness(SessionParts parts, Chronicle chronicle, Running running, Slumber slumber) {
        this.parts = parts;
        this.chronicle = chronicle;
        this.running = running;
        this.slumber = slumber;
    }

    /** When {@link #due} has something to do. */
    long deadline() {
        if (!(chronicle.state() instanceof SessionState.Ready)) {
            return Turn.NEVER;
        }
        return Math.min(dozeDeadline(), sleepDeadline());
    }

    /** A deadline may have passed. */
    void due() {
        if (!(chronicle.state() instanceof SessionState.Ready)) {
            return;
        }
        long now = System.nanoTime();
        if (sleepDeadline() <= now) {
            // One that cannot be saved is tried again, but not at once.
            sleepAt = now + limit().orElseThrow().toNanos();
            slumber.pause(Paused.IDLE + chronicle.settings().idleTimeoutMin() + " min, its limit", null);
        } else if (dozeDeadline() <= now) {
            Duration doze = parts.timings().doze();
            lookAt = now + (doze.compareTo(LOOK) < 0 ? doze : LOOK).toNanos();
            running.doze().ifPresent(Doze::begin);
        }
    }

    private Optional<Duration> limit() {
        return Optional.ofNullable(chronicle.settings().idleTimeoutMin())
                .map(minutes -> parts.timings().minute().multipliedBy(minutes));
    }

    private long sleepDeadline() {
        return limit().map(limit -> Math.max(sleepAt, at(limit))).orElse(Turn.NEVER);
    }

    private long dozeDeadline() {
        Duration doze = parts.timings().doze();
        boolean may = !doze.isZero() && running.doze().filter(Doze::mayBegin).isPresent();
        return may ? Math.max(lookAt, at(doze)) : Turn.NEVER;
    }

    /** When the session will have been idle for that time, if nothing comes. */
    private long at(Duration time) {
        MachineActivity activity = parts.host().activity();
        return System.nanoTime() + time.minus(activity.idleFor(chronicle.id())).toNanos();
    }
}
