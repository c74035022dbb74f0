package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** A session whose guest may call: what lasts from one of its calls to the next. Any thread may use it. */
final class OpenSession {

    /** A call whose result has not come yet. */
    record PendingCall(String eventId, String nativeId, String tool) {}

    private final GatewaySession session;
    private final SerialListener listener;
    private final Semaphore slots;
    private final Set<Call> running = ConcurrentHashMap.newKeySet();
    private final List<PendingCall> pending = new ArrayList<>();
    private final ThinkingMemory thinking = new ThinkingMemory();
    private volatile SocketAddress address;
    private volatile boolean interrupted;
    private volatile boolean closed;

    OpenSession(GatewaySession session, SocketAddress address, int callsAtOnce) {
        this.session = session;
        this.address = address;
        this.listener = new SerialListener(session.id(), session.listener());
        this.slots = new Semaphore(callsAtOnce);
    }

    GatewaySession session() {
        return session;
    }

    /** What its models thought and want back. */
    ThinkingMemory thinking() {
        return thinking;
    }

    /** Where its guest arrives. */
    SocketAddress address() {
        return address;
    }

    /** The address became known: its port was left to the system. */
    void bound(SocketAddress actual) {
        address = actual;
    }

    /**
     * Whether its guest may call itself so: by its own name and token, or by those it had before it was cloned. In constant
     * time for tokens of the same length.
     */
    boolean knows(String id, String given) {
        boolean own = session.id().equals(id) && same(session.token(), given);
        boolean earlier = false;
        for (GatewaySession.Forebear forebear : session.forebears()) {
            earlier |= forebear.id().equals(id) && same(forebear.token(), given);
        }
        return own || earlier;
    }

    private static boolean same(String token, String given) {
        return MessageDigest.isEqual(token.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    void tell(Consumer<TrafficListener> message) {
        if (!closed) {
            listener.tell(message);
        }
    }

    boolean interrupted() {
        return interrupted;
    }

    boolean closed() {
        return closed;
    }

    /** Whether one more call may run; if so, {@link #leave} must follow. */
    boolean enter(Call call) {
        if (!slots.tryAcquire()) {
            return false;
        }
        running.add(call);
        return true;
    }

    void leave(Call call) {
        running.remove(call);
        slots.release();
    }

    void interrupt() {
        interrupted = true;
        running.forEach(Call::stop);
    }

    void resume() {
        interrupted = false;
    }

    void close() {
        closed = true;
        running.forEach(Call::stop);
    }

    /** The answer asked for these tools; results of earlier ones are no longer awaited. */
    synchronized void awaitResults(List<PendingCall> calls) {
        pending.clear();
        pending.addAll(calls);
    }

    /**
     * Results in a request that nobody was told yet. The history repeats old ones in every request; what is awaited is
     * only what the last answer asked for, each once. Paired by the call's id, else by order.
     */
    synchronized List<EventPayload.ToolResult> takeResults(JsonNode messages, int maxOutput) {
        List<EventPayload.ToolResult> told = new ArrayList<>();
        if (pending.isEmpty()) {
            return told;
        }
        for (ToolResults.Result result : ToolResults.latest(messages)) {
            Optional<PendingCall> call = pending.stream()
                    .filter(each ->
                            !result.callId().isEmpty() && each.nativeId().equals(result.callId()))
                    .findFirst()
                    .or(() -> pending.stream().findFirst());
            call.ifPresent(found -> {
                pending.remove(found);
                ToolResults.Outcome outcome = result.outcome(found.tool());
                told.add(new EventPayload.ToolResult(
                        found.eventId(), shortened(outcome.output(), maxOutput), outcome.status(), outcome.exitCode()));
            });
        }
        return told;
    }

    private static String shortened(String output, int limit) {
        if (output.length() <= limit) {
            return output;
        }
        int end = Character.isHighSurrogate(output.charAt(limit - 1)) ? limit - 1 : limit;
        return output.substring(0, end) + "\n[" + (output.length() - end) + " characters more; the model got them all]";
    }
}
