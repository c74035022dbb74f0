package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.OpenSession.PendingCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;

/** Turns the parts of an answer into events of the log. Lives on the thread of its call. */
final class AnswerEvents implements AnswerSink {

    private final String call;
    private final Consumer<EventPayload> events;
    private final DeltaCoalescer deltas;
    private final List<PendingCall> calls = new ArrayList<>();

    /**
     * @param call unique id of the model call; ids of parts and tool calls begin with it
     */
    AnswerEvents(String call, Duration window, LongSupplier clock, Consumer<EventPayload> events) {
        this.call = call;
        this.events = events;
        this.deltas = new DeltaCoalescer(call, window, clock, events);
    }

    @Override
    public void text(String text) {
        deltas.text(text);
    }

    @Override
    public void thinking(String text) {
        deltas.thinking(text);
    }

    @Override
    public void toolCall(String nativeId, String name, JsonNode arguments) {
        deltas.endPart();
        // The model's own ids come back in later answers of some providers; ours never do.
        String id = call + "-t" + (calls.size() + 1);
        calls.add(new PendingCall(id, nativeId, name));
        events.accept(new EventPayload.ToolCall(id, name, arguments));
    }

    /** Tool calls so far. */
    List<PendingCall> calls() {
        return calls;
    }

    /** Nanoseconds until {@link #tick} must be called. */
    long due() {
        return deltas.due();
    }

    /** Lets text out that has waited long enough. */
    void tick() {
        deltas.tick();
    }

    /** Lets out all that waits. */
    void end() {
        deltas.endPart();
    }
}
