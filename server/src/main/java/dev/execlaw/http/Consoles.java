package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.Sessions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/** Upgrades requests for a console to WebSockets. Any thread may use it. */
final class Consoles {

    static final String PROTOCOL = "execlaw-console";

    /** Largest input in one frame. */
    static final int FRAME = 64 << 10;

    /** More than the ping interval: a viewer that answers none is gone. */
    private static final Duration IDLE = Duration.ofSeconds(90);

    private final Sessions sessions;
    private final HttpSettings settings;
    private final ServerWebSocketContainer container;
    private final Set<ConsoleSocket> open = ConcurrentHashMap.newKeySet();

    Consoles(Server server, Sessions sessions, HttpSettings settings) {
        this.sessions = sessions;
        this.settings = settings;
        this.container = ServerWebSocketContainer.ensure(server);
        container.setMaxBinaryMessageSize(FRAME);
        container.setMaxFrameSize(FRAME);
        container.setMaxTextMessageSize(4 << 10);
        container.setIdleTimeout(IDLE);
    }

    /** How many viewers there are. */
    int open() {
        return open.size();
    }

    /** Ends all viewers within a second. */
    void close() {
        open.forEach(ConsoleSocket::serverStops);
    }

    /** Upgrades one request. Whether there is a console shows in the close code, since browsers hide the status. */
    void serve(Call call, Request request, Response response, Callback callback) {
        long from = call.number("from", 0, Long.MAX_VALUE).orElse(0L);
        if (open.size() >= settings.consoles()) {
            throw new ProblemException(
                    ErrorCode.RATE_LIMIT,
                    "All " + settings.consoles() + " console viewers are in use.",
                    "Close another console.");
        }
        boolean upgraded = container.upgrade(
                (upgrade, answer, _) -> {
                    if (upgrade.getSubProtocols().contains(PROTOCOL)) {
                        answer.setAcceptedSubProtocol(PROTOCOL);
                    }
                    return new ConsoleSocket(sessions, call.session(), from, settings.idleTimeout(), open);
                },
                request,
                response,
                callback);
        if (!upgraded) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "The console is a WebSocket, and this request does not ask for one.",
                    "Connect with a WebSocket client, subprotocol " + PROTOCOL + ".");
        }
    }
}
