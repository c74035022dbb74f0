package dev.execlaw.event;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Joins text that comes in quick succession into fewer events: the first piece goes on at once, what follows within the
 * window waits for its end. A part begins with its first piece that is not blank, so that an answer of only a tool call
 * leaves no empty bubble. Belongs to the thread that adds, which asks {@link #due} how long it may sleep.
 */
public final class DeltaCoalescer {

    private static final int LARGEST = 32 << 10;

    private enum Kind {
        NONE,
        TEXT,
        THINKING
    }

    private final String call;
    private final long window;
    private final LongSupplier clock;
    private final Consumer<EventPayload> events;
    private final StringBuilder waiting = new StringBuilder();
    private Kind kind = Kind.NONE;
    private boolean begun;
    private int parts;
    private long last;

    /**
     * @param call prefix of the part ids, unique among calls
     * @param window how long text may wait to be joined with more
     * @param clock nanoseconds
     */
    public DeltaCoalescer(String call, Duration window, LongSupplier clock, Consumer<EventPayload> events) {
        this.call = call;
        this.window = window.toNanos();
        this.clock = clock;
        this.events = events;
        this.last = clock.getAsLong() - this.window;
    }

    /** Adds visible text. */
    public void text(String text) {
        add(Kind.TEXT, text);
    }

    /** Adds reasoning. */
    public void thinking(String text) {
        add(Kind.THINKING, text);
    }

    private void add(Kind next, String text) {
        if (kind != next) {
            endPart();
            kind = next;
        }
        waiting.append(text);
        if (waiting.length() >= LARGEST || clock.getAsLong() - last >= window) {
            emit(false);
        }
    }

    /** Nanoseconds until something must go out; {@link Long#MAX_VALUE} when nothing waits. */
    public long due() {
        return ready() == 0 ? Long.MAX_VALUE : Math.max(0, last + window - clock.getAsLong());
    }

    /** Lets out what waits if its time has come. */
    public void tick() {
        if (due() == 0) {
            emit(false);
        }
    }

    /** Lets out what waits and begins a new part with the next text. */
    public void endPart() {
        emit(true);
        waiting.setLength(0);
        kind = Kind.NONE;
        begun = false;
    }

    private void emit(boolean whole) {
        int end = whole && (begun || ready() > 0) ? waiting.length() : ready();
        if (end == 0) {
            return;
        }
        if (!begun) {
            begun = true;
            parts++;
        }
        last = clock.getAsLong();
        String text = waiting.substring(0, end);
        waiting.delete(0, end);
        String part = call + "-" + parts;
        events.accept(kind == Kind.TEXT ? new EventPayload.Message(text, part) : new EventPayload.Thinking(text, part));
    }

    /** How much may go out now: not the first half of an emoji whose second half comes with the next piece. */
    private int ready() {
        int end = waiting.length();
        if (end > 0 && Character.isHighSurrogate(waiting.charAt(end - 1))) {
            end--;
        }
        return begun || !waiting.chars().allMatch(Character::isWhitespace) ? end : 0;
    }
}
