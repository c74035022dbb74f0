package dev.execlaw.original;

import dev.execlaw.event.EventPayload;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * Messages that pages sent by this interface: they show what they sent themselves, and would show it twice when told. A
 * message can be in the log before its sender knows its id, hence those on their way. Any thread may use it.
 */
final class OwnInputs {

    /** A page that was away is back soon or begins anew. */
    private static final int REMEMBERED = 10_000;

    private final Set<String> ids = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    }));
    private final List<Sending> sending = new CopyOnWriteArrayList<>();

    private record Sending(String session, String text) {}

    /**
     * Sends a message.
     *
     * @param send does it, and returns the message's id
     */
    void send(String session, String text, Function<String, String> send) {
        Sending now = new Sending(session, text);
        sending.add(now);
        try {
            ids.add(send.apply(text));
        } finally {
            sending.remove(now);
        }
    }

    /** Whether such a page sent it. */
    boolean has(String session, EventPayload.UserMessage message) {
        return sending.contains(new Sending(session, message.text())) || ids.contains(message.id());
    }
}
