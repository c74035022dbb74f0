package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One conversation between a guest and its model, from call to call: the user's, or one of those beside it. Each waits
 * for the results of its own tools. Guarded by {@link Strands}.
 */
final class Strand {

    /**
     * A call whose result has not come yet.
     *
     * @param arguments JSON text
     */
    record PendingCall(String eventId, String nativeId, String tool, String arguments) {}

    private static final int RECENT = 32;
    private static final int LONGEST_RECENT = 64 << 10;

    private final String id;
    private final Purpose purpose;
    private final List<PendingCall> pending = new ArrayList<>();
    /** Calls of late, also answered ones: some tools only begin something. */
    private final Deque<PendingCall> recent = new ArrayDeque<>();

    private List<Long> heard = List.of();
    private String answer = "";
    private final AtomicBoolean announced = new AtomicBoolean();
    private int running;

    Strand(String id, Purpose purpose) {
        this.id = id;
        this.purpose = purpose;
    }

    /** Unique among all strands and calls. */
    String id() {
        return id;
    }

    /** That of its first call. */
    Purpose purpose() {
        return purpose;
    }

    /** Whether nobody was told of it yet; true once. Any thread. */
    boolean announce() {
        return announced.compareAndSet(false, true);
    }

    /** A call begins with these messages. */
    void begins(List<Long> messages) {
        heard = messages;
        running++;
    }

    void ends() {
        running--;
    }

    boolean running() {
        return running > 0;
    }

    /** The model's answer is whole and asks for these tools; results of earlier ones are no longer awaited. */
    void answered(String text, List<PendingCall> calls) {
        answer = text.strip();
        pending.clear();
        pending.addAll(calls);
        for (PendingCall call : calls) {
            if (call.arguments().length() <= LONGEST_RECENT) {
                recent.addFirst(call);
            }
        }
        while (recent.size() > RECENT) {
            recent.removeLast();
        }
    }

    /** How many of these messages it knows, when they go on from its last ones or are the same; else 0. */
    int known(List<Long> messages) {
        boolean begins = messages.size() >= heard.size()
                && messages.subList(0, heard.size()).equals(heard);
        boolean again = messages.size() == heard.size();
        return begins && !heard.isEmpty() && !(again && running()) ? heard.size() : 0;
    }

    /** Whether the request's last answer is this one's, and what it asked for is there. */
    boolean answeredBy(JsonNode messages) {
        JsonNode last = ToolResults.lastAnswer(messages);
        boolean sameText =
                !answer.isEmpty() && Json.text(last.path("content")).strip().equals(answer);
        boolean sameCall = last.path("tool_calls")
                .valueStream()
                .anyMatch(call -> pending.stream()
                        .anyMatch(each -> !each.nativeId().isEmpty()
                                && each.nativeId().equals(call.path("id").asString(""))));
        return sameText || sameCall;
    }

    /** The newest call that has this task among its arguments. */
    Optional<String> callWith(String task) {
        return recent.stream()
                .filter(call -> Words.within(task, call.arguments()))
                .map(PendingCall::eventId)
                .findFirst();
    }

    /**
     * Results in a request that nobody was told yet. The history repeats old ones in every request; what is awaited is
     * only what the last answer asked for, each once. Paired by the call's id, else by order.
     */
    List<EventPayload.ToolResult> takeResults(
            JsonNode messages, BiFunction<String, ToolResults.Outcome, EventPayload.ToolResult> form) {
        List<EventPayload.ToolResult> told = new ArrayList<>();
        if (pending.isEmpty()) {
            return told;
        }
        for (ToolResults.Result result : ToolResults.latest(messages)) {
            PendingCall call = callOf(result);
            if (call != null) {
                pending.remove(call);
                told.add(form.apply(call.eventId(), result.outcome(call.tool())));
            }
        }
        return told;
    }

    private @Nullable PendingCall callOf(ToolResults.Result result) {
        return pending.stream()
                .filter(each -> !result.callId().isEmpty() && each.nativeId().equals(result.callId()))
                .findFirst()
                .or(() -> pending.stream().findFirst())
                .orElse(null);
    }
}
