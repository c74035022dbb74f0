package dev.execlaw.http;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.Sessions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One viewer of a console. Reading and writing have a virtual thread each; the WebSocket's own thread only hands over.
 * Public because Jetty calls it by reflection.
 */
public final class ConsoleSocket implements Session.Listener.AutoDemanding {

    private static final Logger log = LoggerFactory.getLogger(ConsoleSocket.class);
    private static final int POLICY = 1008;
    private static final int FAILED = 1011;
    private static final int NO_CONSOLE = 4404;
    private static final int REASON_BYTES = 123;

    private final Sessions sessions;
    private final String id;
    private final long from;
    private final Duration sendDeadline;
    private final Set<ConsoleSocket> open;
    private final Credit credit = new Credit();
    private final AtomicBoolean gone = new AtomicBoolean();

    /** Set when the WebSocket opens, before any other callback and before the threads that read it start. */
    private volatile @Nullable Session socket;

    /** The same; null while there is no console. */
    private volatile @Nullable ConsoleInput input;

    /** Set once, by the thread that stops the server. */
    private volatile boolean stopping;

    ConsoleSocket(Sessions sessions, String id, long from, Duration sendDeadline, Set<ConsoleSocket> open) {
        this.sessions = sessions;
        this.id = id;
        this.from = from;
        this.sendDeadline = sendDeadline;
        this.open = open;
    }

    @Override
    public void onWebSocketOpen(Session session) {
        socket = session;
        open.add(this);
        Optional<Console> console;
        try {
            console = sessions.console(id);
        } catch (ProblemException e) {
            close(NO_CONSOLE, e.problem().detail());
            return;
        }
        if (console.isEmpty()) {
            close(NO_CONSOLE, "session " + id + " has no console yet; it begins with the machine");
            return;
        }
        ConsoleInput typed = new ConsoleInput(console.get());
        input = typed;
        Thread.ofVirtual().name("console-input-" + id).start(() -> run(typed::pump));
        Thread.ofVirtual().name("console-view-" + id).start(() -> run(() -> view(session, console.get())));
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        callback.succeed();
        ConsoleInput typed = input;
        if (typed != null && !typed.offer(bytes)) {
            close(POLICY, "the guest does not read: " + ConsoleInput.WAITING + " bytes of input wait already");
        }
    }

    @Override
    public void onWebSocketText(String message) {
        try {
            JsonNode node = Json.MAPPER.readTree(message);
            switch (node.path("type").asString("")) {
                case "ack" -> credit.acknowledge(node.path("offset").longValue());
                case "resize" -> log.trace("a serial line has no size");
                default -> close(POLICY, "text messages are {\"type\":\"ack\"} or {\"type\":\"resize\"}");
            }
        } catch (JacksonException e) {
            log.debug("console {}: bad message", id, e);
            close(POLICY, "a text message is not JSON or its offset is not a number");
        }
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        log.debug("console {}: {}", id, cause.toString());
    }

    @Override
    public void onWebSocketClose(int status, @Nullable String reason, Callback callback) {
        end();
        callback.succeed();
    }

    /** The server stops: the viewer may come again later. */
    void serverStops() {
        stopping = true;
        credit.close();
    }

    private void view(Session session, Console console) throws IOException, InterruptedException {
        ConsoleViewer viewer = new ConsoleViewer(session, console, credit, sendDeadline);
        viewer.run(from, () -> stopping || gone.get());
        if (stopping) {
            close(1001, "the server stops");
        } else {
            close(1000, "the console has ended");
        }
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private void run(Work work) {
        try {
            work.run();
        } catch (IOException | InterruptedException | RuntimeException e) {
            if (!gone.get()) {
                log.debug("console {} broken off", id, e);
                close(FAILED, "the console cannot be served: " + e.getMessage());
            }
        }
    }

    private void close(int status, String reason) {
        Session session = socket;
        if (session != null && session.isOpen()) {
            session.close(status, shorten(reason), Callback.NOOP);
        }
        if (status != 1000 && status != 1001) {
            end();
        }
    }

    private void end() {
        if (gone.compareAndSet(false, true)) {
            credit.close();
            ConsoleInput typed = input;
            if (typed != null) {
                typed.close();
            }
            open.remove(this);
        }
    }

    /** A close frame has room for 123 bytes of reason (RFC 6455, 5.5). */
    private static String shorten(String reason) {
        StringBuilder ascii = new StringBuilder();
        reason.chars().limit(REASON_BYTES).forEach(c -> ascii.append(c < 0x20 || c > 0x7e ? '?' : (char) c));
        return ascii.toString();
    }
}
