package dev.execlaw.web.stub;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** The events of all sessions, in memory. Any thread may use it. */
final class StubLog {

    static final JsonMapper JSON = JsonMapper.builder().build();

    /** One event as it goes to browsers. */
    record Entry(long cursor, String session, long seq, String json) {}

    private final List<Entry> all = new ArrayList<>();
    private final Map<String, List<Entry>> bySession = new HashMap<>();

    /** Returns the sequence number that the event got. */
    synchronized long append(String session, String type, Map<String, ?> payload) {
        return append(session, type, payload, Instant.now());
    }

    synchronized long append(String session, String type, Map<String, ?> payload, Instant time) {
        List<Entry> own = bySession.computeIfAbsent(session, id -> new ArrayList<>());
        long seq = own.size() + 1L;
        var event = new LinkedHashMap<String, Object>();
        event.put("session", session);
        event.put("seq", seq);
        event.put("time", time.toString());
        event.put("type", type);
        event.put("payload", payload);
        var entry = new Entry(all.size() + 1L, session, seq, JSON.writeValueAsString(event));
        all.add(entry);
        own.add(entry);
        notifyAll();
        return seq;
    }

    /** Sequence number of a session's newest event. */
    synchronized long head(String session) {
        return bySession.getOrDefault(session, List.of()).size();
    }

    synchronized List<Entry> page(String session, long after, int limit) {
        List<Entry> own = bySession.getOrDefault(session, List.of());
        int from = (int) Math.min(after, own.size());
        return List.copyOf(own.subList(from, (int) Math.min(own.size(), (long) from + limit)));
    }

    synchronized List<Entry> after(long cursor, int limit) {
        int from = (int) Math.min(cursor, all.size());
        return List.copyOf(all.subList(from, Math.min(all.size(), from + limit)));
    }

    synchronized long head() {
        return all.size();
    }

    synchronized void await(long cursor, Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        while (all.size() <= cursor) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            wait(left);
        }
    }

    /** Wakes every reader, so that it looks whether it shall end. */
    synchronized void wake() {
        notifyAll();
    }

    synchronized void forget(String session) {
        bySession.remove(session);
        append(session, "session_deleted", Map.of());
        bySession.remove(session);
    }
}
