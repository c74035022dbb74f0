package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * Tells of tool calls while the model writes them, joined like text: the name at once, what follows within the window
 * together. Lives on the thread of its call, which asks {@link #due} how long it may sleep.
 */
final class ToolDeltas {

    private static final int LARGEST = 32 << 10;

    private final IntFunction<String> ids;
    private final long window;
    private final LongSupplier clock;
    private final Consumer<EventPayload> events;
    private final Map<Integer, Draft> drafts = new LinkedHashMap<>();

    /**
     * @param ids of calls by their number within the answer
     * @param clock nanoseconds
     */
    ToolDeltas(IntFunction<String> ids, Duration window, LongSupplier clock, Consumer<EventPayload> events) {
        this.ids = ids;
        this.window = window.toNanos();
        this.clock = clock;
        this.events = events;
    }

    private static final class Draft {
        private final String name;
        private final StringBuilder waiting = new StringBuilder();
        private long last;

        Draft(String name) {
            this.name = name;
        }

        /** How much may go out: not the first half of a character whose second half comes with the next piece. */
        int ready() {
            int end = waiting.length();
            return end > 0 && Character.isHighSurrogate(waiting.charAt(end - 1)) ? end - 1 : end;
        }
    }

    /** Whether the call has begun and is not told whole yet. */
    boolean knows(int call) {
        return drafts.containsKey(call);
    }

    void add(int call, String name, String arguments) {
        Draft known = drafts.get(call);
        Draft draft = known == null ? new Draft(name) : known;
        draft.waiting.append(arguments);
        if (known == null) {
            drafts.put(call, draft);
            emit(call, draft, draft.ready());
        } else if (draft.waiting.length() >= LARGEST || clock.getAsLong() - draft.last >= window) {
            tell(call, draft, draft.ready());
        }
    }

    /** The call is whole and told in another way: what waits of it is not. */
    void forget(int call) {
        drafts.remove(call);
    }

    /** There is no such call. */
    void withdraw(int call) {
        if (drafts.remove(call) != null) {
            events.accept(new EventPayload.ToolCallWithdrawn(ids.apply(call)));
        }
    }

    /** The answer is over: what has not become a call is none. */
    void end() {
        for (int call : drafts.keySet().toArray(Integer[]::new)) {
            withdraw(call);
        }
    }

    /** Nanoseconds until something must go out; {@link Long#MAX_VALUE} when nothing waits. */
    long due() {
        long now = clock.getAsLong();
        long first = Long.MAX_VALUE;
        for (Draft draft : drafts.values()) {
            if (draft.ready() > 0) {
                first = Math.min(first, Math.max(0, draft.last + window - now));
            }
        }
        return first;
    }

    /** Lets out what waits and whose time has come. */
    void tick() {
        long now = clock.getAsLong();
        drafts.forEach((call, draft) -> {
            if (now - draft.last >= window) {
                tell(call, draft, draft.ready());
            }
        });
    }

    private void tell(int call, Draft draft, int end) {
        if (end > 0) {
            emit(call, draft, end);
        }
    }

    private void emit(int call, Draft draft, int end) {
        draft.last = clock.getAsLong();
        String text = draft.waiting.substring(0, end);
        draft.waiting.delete(0, end);
        events.accept(new EventPayload.ToolCallDelta(ids.apply(call), draft.name, text));
    }
}
