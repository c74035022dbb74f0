package dev.execlaw.session;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** When a session was last asked to give way to others: one that was and stays is not asked again at once. Any thread. */
final class GivingWay {

    private static final long EVERY = Duration.ofSeconds(10).toNanos();

    private final AtomicLong askedAt = new AtomicLong(System.nanoTime() - 2 * EVERY);

    /** Whether the session waits for a message and its machine could be put to sleep meanwhile; true for one who asks. */
    boolean ask(SessionView now) {
        boolean idle = now.state() == MachineStatus.RUNNING
                && now.agentState() == AgentStatus.IDLE
                && now.queue().isEmpty();
        long time = System.nanoTime();
        long last = askedAt.get();
        return idle && time - last > EVERY && askedAt.compareAndSet(last, time);
    }
}
