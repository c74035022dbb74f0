package dev.execlaw;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Parts that were started, to be stopped in reverse order; also after a start that came only half the way. */
final class Lifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

    private final Deque<Part> parts = new ArrayDeque<>();

    private record Part(String name, AutoCloseable stop) {}

    /** Remembers how to stop a part that was just started. */
    void started(String name, AutoCloseable stop) {
        parts.push(new Part(name, stop));
    }

    /**
     * Stops everything, whatever fails on the way.
     *
     * @throws IllegalStateException at the end, with every failure as suppressed
     */
    void stop() {
        IllegalStateException failures = null;
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            try {
                part.stop.close();
            } catch (Exception e) {
                LOG.error("{} does not stop well", part.name, e);
                if (failures == null) {
                    failures = new IllegalStateException("not everything stopped well, first: " + part.name);
                }
                failures.addSuppressed(e);
            }
        }
        if (failures != null) {
            throw failures;
        }
    }
}
