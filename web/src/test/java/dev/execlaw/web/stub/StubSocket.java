package dev.execlaw.web.stub;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/** One viewer of a console: sends no more than the credit window beyond what was acknowledged. Public for Jetty. */
public final class StubSocket implements Session.Listener.AutoDemanding {

    private static final int WINDOW = 256 << 10;
    private static final int CHUNK = 32 << 10;

    private final StubConsole console;
    private final int from;
    private final AtomicLong mostUnacknowledged;
    private volatile long acknowledged;
    private volatile boolean open = true;

    StubSocket(StubConsole console, int from, AtomicLong mostUnacknowledged) {
        this.console = console;
        this.from = from > console.size() ? 0 : from;
        this.mostUnacknowledged = mostUnacknowledged;
    }

    @Override
    public void onWebSocketOpen(Session session) {
        acknowledged = from;
        Thread.ofVirtual().start(() -> pump(session));
    }

    private void pump(Session session) {
        int offset = from;
        try {
            send(session, Map.of("type", "start", "offset", offset, "begin", 0));
            while (open) {
                int credit = (int) (acknowledged + WINDOW - offset);
                byte[] bytes = console.read(offset, Math.max(0, Math.min(CHUNK, credit)));
                if (bytes.length > 0) {
                    Callback.Completable.with(done -> session.sendBinary(ByteBuffer.wrap(bytes), done))
                            .get(10, TimeUnit.SECONDS);
                    offset += bytes.length;
                    long beyond = offset - acknowledged;
                    mostUnacknowledged.accumulateAndGet(beyond, Math::max);
                } else if (console.ended() && offset >= console.size()) {
                    send(session, Map.of("type", "end"));
                    return;
                } else if (credit <= 0) {
                    TimeUnit.MILLISECONDS.sleep(2);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            // The viewer left while something was under way to it.
            open = false;
        }
    }

    private static void send(Session session, Map<String, ?> message) throws Exception {
        String text = StubLog.JSON.writeValueAsString(message);
        Callback.Completable.with(done -> session.sendText(text, done)).get(10, TimeUnit.SECONDS);
    }

    @Override
    public void onWebSocketText(String message) {
        var json = StubLog.JSON.readTree(message);
        if (json.path("type").asString("").equals("ack")) {
            acknowledged = json.path("offset").asLong();
        }
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        console.type(StandardCharsets.UTF_8.decode(payload).toString());
        callback.succeed();
    }

    @Override
    public void onWebSocketClose(int statusCode, String reason, Callback callback) {
        open = false;
        callback.succeed();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        open = false;
    }
}
