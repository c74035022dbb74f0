package dev.execlaw.gateway;

import dev.execlaw.event.DeltaCoalescer;
import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.Strand.PendingCall;
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
    private final ToolDeltas tools;
    private final List<PendingCall> calls = new ArrayList<>();

    /**
     * @param call unique id of the model call; ids of parts and tool calls begin with it
     */
    AnswerEvents(String call, Duration window, LongSupplier clock, Consumer<EventPayload> events) {
        this.call = call;
        this.events = events;
        this.deltas = new DeltaCoalescer(call, window, clock, events);
        this.tools = new ToolDeltas(this::id, window, clock, events);
    }

    /** The model's own ids come back in later answers of some providers; ours never do. */
    private String id(int number) {
        return call + "-t" + (number + 1);
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
    public void toolPart(int number, String name, String arguments) {
        if (!tools.knows(number)) {
            deltas.endPart();
        }
        tools.add(number, name, arguments);
    }

    @Override
    public void toolWithdrawn(int number) {
        tools.withdraw(number);
    }

    @Override
    public void toolCall(int number, String nativeId, String name, JsonNode arguments) {
        deltas.endPart();
        tools.forget(number);
        String id = id(number);
        calls.add(new PendingCall(id, nativeId, name, arguments.toString()));
        events.accept(new EventPayload.ToolCall(id, name, arguments));
    }

    /** Tool calls so far. */
    List<PendingCall> calls() {
        return calls;
    }

    /** Nanoseconds until {@link #tick} must be called. */
    long due() {
        return Math.min(deltas.due(), tools.due());
    }

    /** Lets text out that has waited long enough. */
    void tick() {
        deltas.tick();
        tools.tick();
    }

    /** The answer is over: lets out all that waits, and takes back calls that did not become whole. */
    void end() {
        deltas.endPart();
        tools.end();
    }
}
