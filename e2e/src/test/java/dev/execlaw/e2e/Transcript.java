package dev.execlaw.e2e;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What one session's log says, read from its beginning: that it is whole, what is undone, and what its machine should
 * hold at each position. A turn that was broken off leaves more than one possibility.
 */
final class Transcript {

    /** Types of events of a source that a fork has {@code omitted} in place of. */
    private static final Set<String> OWN = Set.of(
            "session", "boot_step", "checkpoint", "checkpoint_dropped", "paused", "resumed", "forked", "fork_made");

    /** Events that are undone, both ends included. */
    record Undone(long from, long to) {}

    private record Point(Set<Contents> may, List<Undone> undone) {}

    private final List<JsonNode> events = new ArrayList<>();
    private final NavigableMap<Long, Point> points = new TreeMap<>();
    private final Map<String, String> messages = new HashMap<>();
    private final List<JsonNode> inherited;
    private final long begin;
    private Point now;
    private @Nullable String running;
    private boolean made;

    /** That of a session which began by itself. */
    Transcript() {
        this(List.of(), 0, new Point(Set.of(Contents.NOTHING), List.of()));
    }

    private Transcript(List<JsonNode> inherited, long begin, Point now) {
        this.inherited = inherited;
        this.begin = begin;
        this.now = now;
        points.put(begin, now);
    }

    /** That of a session which was forked from this one. */
    Transcript fork(long seq) {
        List<JsonNode> past = events.stream().filter(event -> seq(event) <= seq).toList();
        Point there = Objects.requireNonNull(points.floorEntry(seq), "a point at " + seq)
                .getValue();
        Transcript fork = new Transcript(past, seq, there);
        fork.points.putAll(points.headMap(seq, true));
        fork.messages.putAll(messages);
        return fork;
    }

    /** Reads on, after it was made sure that nothing of what was read before is lost or changed. */
    void read(List<JsonNode> all) {
        if (events.isEmpty()) {
            for (int i = 0; i < inherited.size(); i++) {
                require(i < all.size() && passedOn(inherited.get(i), all.get(i)), "the fork lacks " + inherited.get(i));
            }
            events.addAll(all.subList(0, inherited.size()));
        }
        require(
                all.size() >= events.size() && all.subList(0, events.size()).equals(events),
                "events that were there are lost or changed");
        for (JsonNode event : all.subList(events.size(), all.size())) {
            long expected = Math.max(begin, events.isEmpty() ? 0 : seq(events.getLast())) + 1;
            require(seq(event) == expected, "event " + expected + " is missing before " + event);
            events.add(event);
            learn(Api.type(event), event.path("payload"));
            points.put(seq(event), now);
        }
    }

    /** A fork's event is that of its source, but for the session it belongs to; or it stands in the place of one. */
    private static boolean passedOn(JsonNode source, JsonNode fork) {
        if (OWN.contains(Api.type(source))) {
            return Api.type(fork).equals("omitted") && same(source, fork, List.of("seq", "time"));
        }
        return same(source, fork, List.of("seq", "time", "type", "payload"));
    }

    private static boolean same(JsonNode one, JsonNode other, List<String> fields) {
        return fields.stream().allMatch(field -> one.path(field).equals(other.path(field)));
    }

    private void learn(String type, JsonNode payload) {
        switch (type) {
            case "user_message" ->
                messages.put(payload.path("id").asString(), payload.path("text").asString());
            case "turn_started" -> {
                String message = payload.path("message").asString();
                require(running == null, "the turn of " + message + " begins within that of " + running);
                require(messages.containsKey(message), "a turn of the unknown message " + message);
                running = message;
                made = false;
            }
            case "tool_result" ->
                change().ifPresent(change -> done(change, payload.path("output").asString()));
            case "turn_finished" -> {
                require(running != null, "a turn ends that did not begin: " + payload);
                Optional<Change> change = change().filter(_ -> !made);
                require(
                        change.isEmpty() || !payload.path("reason").asString().equals("completed"),
                        "a turn was completed without its tool's result");
                change.ifPresent(this::perhaps);
                running = null;
            }
            case "boot_step" -> {
                if (payload.path("step").asString().equals("vmm")) {
                    may(Contents::booted);
                }
            }
            case "rewound" -> rewound(payload);
            default -> {}
        }
    }

    private Optional<Change> change() {
        return running == null ? Optional.empty() : Change.of(Objects.requireNonNull(messages.get(running)));
    }

    private void done(Change change, String output) {
        List<String> lines = output.lines().filter(line -> line.startsWith("{")).toList();
        if (!lines.isEmpty()) {
            confirm(Look.parse(lines.getFirst()));
        }
        if (lines.size() > 1) {
            String counter = tools.jackson.databind.json.JsonMapper.shared()
                    .readTree(lines.get(1))
                    .path("counter")
                    .asString();
            may(contents -> contents.with(change).counted(counter));
            made = true;
        }
    }

    private void perhaps(Change change) {
        Set<Contents> more = new LinkedHashSet<>(now.may);
        now.may.forEach(contents -> more.add(contents.withHalf(change)));
        now.may.forEach(contents -> more.add(contents.with(change)));
        now = new Point(Set.copyOf(more), now.undone);
    }

    private void rewound(JsonNode payload) {
        long to = payload.path("to").asLong();
        Point there = points.get(to);
        require(there != null && running == null, "it went back to " + to + " with " + running + " under way");
        List<Undone> undone = new ArrayList<>(Objects.requireNonNull(there).undone);
        undone.add(new Undone(
                payload.path("from").asLong(), payload.path("through").asLong()));
        now = new Point(there.may, List.copyOf(undone));
    }

    private void may(UnaryOperator<Contents> step) {
        now = new Point(now.may.stream().map(step).collect(Collectors.toUnmodifiableSet()), now.undone);
    }

    /** The machine was looked at as it is now. */
    void confirm(Look look) {
        Set<Contents> left = now.may.stream()
                .filter(contents -> contents.differs(look).isEmpty())
                .map(contents -> contents.counted(look.third()))
                .collect(Collectors.toUnmodifiableSet());
        if (left.isEmpty()) {
            fail("the machine does not hold what the log says: "
                    + now.may.stream()
                            .map(contents -> contents.differs(look).orElseThrow())
                            .collect(Collectors.joining("; or ")));
        }
        now = new Point(left, now.undone);
    }

    /** Whether a machine at this point may lack the program that changes it. */
    boolean bare() {
        return now.may.stream().anyMatch(contents -> contents.value().isEmpty());
    }

    /** What is undone. */
    List<Undone> undone() {
        return now.undone;
    }

    /** Events of a type, oldest first. */
    List<JsonNode> of(String type) {
        return events.stream().filter(event -> Api.type(event).equals(type)).toList();
    }

    List<JsonNode> events() {
        return List.copyOf(events);
    }

    private static long seq(JsonNode event) {
        return event.path("seq").asLong();
    }

    private void require(boolean fact, String complaint) {
        if (!fact) {
            fail(complaint);
        }
    }

    private void fail(String complaint) {
        throw new AssertionError(complaint + "; the log so far:\n"
                + events.stream()
                        .skip(Math.max(0, events.size() - 60))
                        .map(event -> shortened(seq(event) + " " + Api.type(event) + " " + event.path("payload")))
                        .collect(Collectors.joining("\n")));
    }

    private static String shortened(String line) {
        return line.length() <= 400 ? line : line.substring(0, 200) + " ... " + line.substring(line.length() - 200);
    }
}
