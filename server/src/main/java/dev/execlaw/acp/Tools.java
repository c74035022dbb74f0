package dev.execlaw.acp;

import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tool calls of one turn that are under way, as their updates make them up: each names only what is new. Those that
 * hold too much together are forgotten, the oldest first. Used by one thread.
 */
final class Tools {

    /** Characters of arguments and outputs that are remembered of calls which are not over. */
    private static final long MOST_HELD = 16L << 20;

    private static final int LONGEST_NAME = 1000;

    private final String prefix;
    private final Map<String, Call> open = new LinkedHashMap<>();
    private final Set<String> over = new HashSet<>();
    private int count;
    private long held;

    /** @param prefix of the ids that calls get here, unique among turns: an agent's own come again */
    Tools(String prefix) {
        this.prefix = prefix;
    }

    /** One call. */
    static final class Call {
        /** Ours, not the agent's. */
        final String id;

        private String title = "";
        private String kind = "";
        private String status = "pending";
        private ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        private String output = "";
        private long size;

        /** Whether it was told of. */
        boolean told;

        private Call(String id) {
            this.id = id;
        }

        String name() {
            String name = !title.isEmpty() ? title : !kind.isEmpty() ? kind : "tool";
            return name.substring(0, Math.min(name.length(), LONGEST_NAME));
        }

        ObjectNode arguments() {
            return arguments;
        }

        String output() {
            return output;
        }

        /** Whether its arguments are there, or it is past the point where they would come. */
        boolean begun() {
            return !arguments.isEmpty() || !status.equals("pending");
        }

        boolean failed() {
            return status.equals("failed");
        }

        boolean over() {
            return failed() || status.equals("completed");
        }

        private void take(JsonNode update) {
            title = update.path("title").asString(title);
            kind = update.path("kind").asString(kind);
            status = update.path("status").asString(status);
            if (tells(update, "rawInput") || tells(update, "content") || tells(update, "locations")) {
                ObjectNode told = Contents.arguments(update);
                arguments = told.isEmpty() ? arguments : told;
            }
            if (tells(update, "content") || tells(update, "rawOutput")) {
                String told = Contents.output(update);
                output = told.isEmpty() ? output : told;
            }
            size = output.length() + Contents.size(arguments);
        }

        private static boolean tells(JsonNode update, String field) {
            return update.hasNonNull(field);
        }
    }

    /** Takes an update in; empty for one of a call that is over, or of none. */
    Optional<Call> take(JsonNode update) {
        String id = update.path("toolCallId").asString("");
        if (id.isEmpty() || over.contains(id)) {
            return Optional.empty();
        }
        @Nullable Call known = open.get(id);
        Call call = known == null ? new Call(prefix + ++count) : known;
        held -= call.size;
        call.take(update);
        if (call.over()) {
            open.remove(id);
            over.add(id);
        } else {
            open.put(id, call);
            held += call.size;
            makeRoom(call);
        }
        return Optional.of(call);
    }

    private void makeRoom(Call newest) {
        Iterator<Call> oldest = open.values().iterator();
        while (held > MOST_HELD && oldest.hasNext()) {
            Call call = oldest.next();
            if (call != newest) {
                held -= call.size;
                oldest.remove();
            }
        }
    }
}
