package dev.execlaw.gateway;

import java.net.SocketAddress;
import java.util.Map;

/** The model API for guests. Any thread may call it. */
public interface Gateway extends AutoCloseable {

    /** TCP port of the gateway as guests see it, on their slot's gateway address. */
    int GUEST_PORT = 8787;

    /**
     * Begins to listen for a session's guest.
     *
     * @param address where that guest, and nobody else, arrives: a Unix socket, 0600, or its slot's gateway address
     * @return that address, with the port chosen when 0 was given
     */
    SocketAddress open(GatewaySession session, SocketAddress address);

    /** Stops listening for it, cuts its calls, removes its socket. Closing what is not open does nothing. */
    void close(String session);

    /**
     * Ends the running model call politely (the agent gets a normal short completion) and answers every further call of
     * this turn in the same way, until {@link #resume}.
     */
    void interrupt(String session);

    /** The next turn begins: calls are forwarded again. */
    void resume(String session);

    /** How often guests were refused something since the start, by the code of the refusal. */
    default Map<String, Long> refusals() {
        return Map.of();
    }

    /** Ends everything. */
    @Override
    void close();
}
