package dev.execlaw.web.stub;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A session's checkpoints, its rewinds, and which of its events it stands on. Guarded by its session. */
final class StubPast {

    /** Of the machine that made them: a fork has another. */
    private static final Set<String> OWN = Set.of(
            "session",
            "boot_step",
            "checkpoint",
            "checkpoint_dropped",
            "paused",
            "resumed",
            "rewound",
            "forked",
            "fork_made");

    private record Jump(long at, long to) {}

    private final StubLog log;
    private final String session;
    private final TreeMap<Long, Map<String, Object>> checkpoints = new TreeMap<>();
    private final List<Jump> jumps = new ArrayList<>();

    StubPast(StubLog log, String session) {
        this.log = log;
        this.session = session;
    }

    /** Keeps all up to the newest event. */
    Map<String, Object> checkpoint(String kind, @Nullable String name) {
        long seq = log.head(session);
        var checkpoint = new LinkedHashMap<String, Object>();
        checkpoint.put("seq", seq);
        checkpoint.put("kind", kind);
        checkpoint.put("name", name);
        checkpoint.put("diskBytes", 1_310_720L);
        checkpoint.put("memoryBytes", 4_823_449L);
        checkpoints.put(seq, checkpoint);
        var event = new LinkedHashMap<>(checkpoint);
        event.put("ms", 3);
        log.append(session, "checkpoint", event);
        checkpoint.put("time", Instant.now().toString());
        checkpoint.put("abandoned", false);
        return checkpoint;
    }

    boolean has(long seq) {
        return checkpoints.containsKey(seq);
    }

    void drop(long seq) {
        if (checkpoints.remove(seq) == null) {
            throw new IllegalArgumentException("no checkpoint " + seq + "; there are " + checkpoints.keySet());
        }
        log.append(session, "checkpoint_dropped", Map.of("seq", seq));
    }

    void dropAll() {
        List.copyOf(checkpoints.keySet()).forEach(this::drop);
    }

    void rewind(long to) {
        checkpoint("undo", null);
        long through = log.head(session);
        long at = log.append(session, "rewound", Map.of("to", to, "from", to + 1, "through", through));
        jumps.add(new Jump(at, to));
    }

    /** Whether the newest event stands on this one. */
    private boolean live(long seq) {
        return stands(log.head(session), seq);
    }

    /** Whether the event {@code end} stands on the event {@code seq}. */
    private boolean stands(long end, long seq) {
        for (Jump jump : jumps.reversed()) {
            if (jump.at() > end) {
                continue;
            }
            if (seq >= jump.at()) {
                return seq <= end;
            }
            end = jump.to();
        }
        return seq <= end;
    }

    /** Copies what was said and done up to an event into another session, with numbers of its own. */
    @SuppressWarnings("unchecked")
    void copyInto(String other, long seq) {
        for (StubLog.Entry entry : log.page(session, 0, Integer.MAX_VALUE)) {
            Map<String, Object> event = StubLog.JSON.readValue(entry.json(), Map.class);
            String type = (String) event.get("type");
            if (entry.seq() <= seq && stands(seq, entry.seq()) && !OWN.contains(type)) {
                var payload = (Map<String, Object>) event.get("payload");
                log.append(other, type, payload, Instant.parse((String) event.get("time")));
            }
        }
    }

    List<Map<String, Object>> json() {
        return checkpoints.values().stream()
                .map(c -> {
                    var copy = new LinkedHashMap<>(c);
                    copy.put("abandoned", !live((long) c.get("seq")));
                    return (Map<String, Object>) copy;
                })
                .toList();
    }

    /** The ranges that were undone and not brought back. */
    List<Map<String, Long>> branch() {
        var ranges = new ArrayList<Map<String, Long>>();
        if (jumps.isEmpty()) {
            return ranges;
        }
        long from = 0;
        for (long seq = 1; seq <= log.head(session) + 1; seq++) {
            boolean undone = seq <= log.head(session) && !live(seq);
            if (undone && from == 0) {
                from = seq;
            } else if (!undone && from > 0) {
                ranges.add(Map.of("from", from, "to", seq - 1));
                from = 0;
            }
        }
        return ranges;
    }
}
