package dev.execlaw.microvm.qemu;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What QEMU tells of the sending or taking of its state. One thread tells, one waits. */
final class Migrations {

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    /** Forgets what was told of earlier ones. */
    void begin() {
        told.clear();
    }

    void tell(String status) {
        told.add(status);
    }

    /** Waits for the end. A QEMU that cannot take a state ends itself; that is seen when the deadline is over or before. */
    void await(Duration deadline) throws QmpException {
        long until = System.nanoTime() + deadline.toNanos();
        try {
            while (true) {
                String status = told.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
                switch (status) {
                    case null ->
                        throw new QmpException(
                                "QEMU was not done with the machine's state within " + deadline.toMillis() + " ms");
                    case "completed" -> {
                        return;
                    }
                    case "failed", "cancelled" ->
                        throw new QmpException("QEMU gave up on the machine's state (" + status + ")");
                    default -> {}
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QmpException("interrupted while QEMU was busy with the machine's state", e);
        }
    }
}
