package dev.execlaw.session;

import dev.execlaw.gateway.Gateway;
import dev.execlaw.gateway.GatewaySession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A double of the gateway: keeps what was opened, writes down what was called; the scripted guest makes its traffic. */
final class RecordingGateway implements Gateway {

    final List<String> calls = new CopyOnWriteArrayList<>();
    private final Map<String, GatewaySession> sessions = new ConcurrentHashMap<>();
    private final Map<String, SocketAddress> addresses = new ConcurrentHashMap<>();
    private final Set<String> interrupted = ConcurrentHashMap.newKeySet();
    private final Map<String, Runnable> running = new ConcurrentHashMap<>();

    Optional<GatewaySession> session(String id) {
        return Optional.ofNullable(sessions.get(id));
    }

    boolean interrupted(String id) {
        return interrupted.contains(id);
    }

    /** A guest's call waits for its model; {@code end} has the guest get its end. */
    void calls(String id, Runnable end) {
        running.put(id, end);
        if (interrupted(id)) {
            ends(id);
        }
    }

    private void ends(String id) {
        Optional.ofNullable(running.remove(id)).ifPresent(Runnable::run);
    }

    @Override
    public SocketAddress open(GatewaySession session, SocketAddress address) {
        try {
            if (address instanceof UnixDomainSocketAddress unix) {
                Files.createFile(unix.getPath());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        addresses.put(session.id(), address);
        sessions.put(session.id(), session);
        return address;
    }

    @Override
    public void close(String session) {
        sessions.remove(session);
        if (addresses.remove(session) instanceof UnixDomainSocketAddress unix) {
            try {
                Files.deleteIfExists(unix.getPath());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void interrupt(String session) {
        calls.add("interrupt");
        interrupted.add(session);
        ends(session);
    }

    @Override
    public void resume(String session) {
        calls.add("resume");
        interrupted.remove(session);
    }

    @Override
    public void close() {
        sessions.keySet().forEach(this::close);
    }
}
