package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/** A session whose guest may call: what lasts from one of its calls to the next. Any thread may use it. */
final class OpenSession {

    private final GatewaySession session;
    private final SerialListener listener;
    private final Semaphore slots;
    private final Set<Call> running = ConcurrentHashMap.newKeySet();
    private final ThinkingMemory thinking = new ThinkingMemory();
    private final Strands strands;
    private volatile SocketAddress address;
    private volatile boolean interrupted;
    private volatile boolean closed;

    OpenSession(GatewaySession session, SocketAddress address, int callsAtOnce) {
        this.session = session;
        this.address = address;
        this.listener = new SerialListener(session.id(), session.listener());
        this.slots = new Semaphore(callsAtOnce);
        this.strands = new Strands(session.texts());
    }

    GatewaySession session() {
        return session;
    }

    /** What its models thought and want back. */
    ThinkingMemory thinking() {
        return thinking;
    }

    /** What its guest and the model talk about. */
    Strands strands() {
        return strands;
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

    // A session whose token was lost has an empty one, which nobody has.
    private static boolean same(String token, String given) {
        return !token.isEmpty()
                && MessageDigest.isEqual(
                        token.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
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
            call.left();
            return false;
        }
        running.add(call);
        return true;
    }

    void leave(Call call) {
        running.remove(call);
        call.left();
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

    /**
     * The event of a result. Where it holds only the beginning, the whole was given to the listener before.
     *
     * @param most characters in the event
     */
    EventPayload.ToolResult result(String call, ToolResults.Outcome outcome, int most) {
        String output = outcome.output();
        if (output.length() > most) {
            session.listener().keep(call, output);
        }
        return new EventPayload.ToolResult(call, output, outcome.status(), outcome.exitCode(), null).toldTo(most);
    }
}
