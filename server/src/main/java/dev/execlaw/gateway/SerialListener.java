package dev.execlaw.gateway;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a session's listener one call at a time without a lock around it: who comes while another is within leaves the
 * message, and the one within delivers it before it goes.
 */
final class SerialListener {

    private static final Logger LOG = LoggerFactory.getLogger(SerialListener.class);

    private final String session;
    private final TrafficListener listener;
    private final Queue<Consumer<TrafficListener>> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger left = new AtomicInteger();

    SerialListener(String session, TrafficListener listener) {
        this.session = session;
        this.listener = listener;
    }

    void tell(Consumer<TrafficListener> message) {
        waiting.add(message);
        if (left.getAndIncrement() > 0) {
            return;
        }
        do {
            Consumer<TrafficListener> next = waiting.remove();
            try {
                next.accept(listener);
            } catch (RuntimeException e) {
                LOG.error("session {}: the traffic listener failed", session, e);
            }
        } while (left.decrementAndGet() > 0);
    }
}
