package dev.execlaw.http;

import dev.execlaw.microvm.console.Console;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/** Carries a console's bytes to one viewer, as fast as the viewer acknowledges them. Lives on one virtual thread. */
final class ConsoleViewer {

    private static final int CHUNK = 32 << 10;

    /** How often a waiting viewer looks whether it shall go on. */
    private static final Duration LOOK_UP = Duration.ofSeconds(1);

    /** Silence after which a ping asks whether the viewer is still there, and keeps middle boxes awake. */
    private static final Duration PING = Duration.ofSeconds(25);

    private final Session socket;
    private final Console console;
    private final Credit credit;
    private final Duration sendDeadline;
    private long lastSent = System.nanoTime();

    ConsoleViewer(Session socket, Console console, Credit credit, Duration sendDeadline) {
        this.socket = socket;
        this.console = console;
        this.credit = credit;
        this.sendDeadline = sendDeadline;
    }

    /** Sends from the offset on until the console ends or it is told to stop. */
    void run(long from, BooleanSupplier stop) throws IOException, InterruptedException {
        // An offset beyond the end is one of an earlier console: the viewer begins anew.
        try (Console.Reader reader = console.reader(from > console.end() ? console.begin() : from)) {
            text(new Start("start", reader.offset(), console.begin()));
            byte[] whole = new byte[CHUNK];
            while (!stop.getAsBoolean()) {
                int allowed = credit.await(LOOK_UP);
                long expected = reader.offset();
                byte[] buffer = allowed < CHUNK ? new byte[allowed] : whole;
                int count = allowed == 0 ? 0 : reader.read(buffer, LOOK_UP);
                if (count < 0) {
                    text(new End("end"));
                    return;
                }
                if (count > 0) {
                    forward(buffer, count, expected, reader.offset() - count);
                } else if (System.nanoTime() - lastSent > PING.toNanos()) {
                    send(callback -> socket.sendPing(ByteBuffer.allocate(0), callback));
                }
            }
        }
    }

    private void forward(byte[] bytes, int count, long expected, long begin) throws IOException, InterruptedException {
        if (begin > expected) {
            text(new Skipped("skipped", begin - expected, begin));
        }
        credit.sent(begin, count);
        send(callback -> socket.sendBinary(ByteBuffer.wrap(bytes, 0, count), callback));
    }

    record Start(String type, long offset, long begin) {}

    record Skipped(String type, long bytes, long offset) {}

    record End(String type) {}

    private void text(Object message) throws IOException, InterruptedException {
        String json = Json.MAPPER.writeValueAsString(message);
        send(callback -> socket.sendText(json, callback));
    }

    private void send(Consumer<Callback> operation) throws IOException, InterruptedException {
        try {
            Callback.Completable.with(operation::accept).get(sendDeadline.toMillis(), TimeUnit.MILLISECONDS);
            lastSent = System.nanoTime();
        } catch (ExecutionException e) {
            throw new IOException("sending failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            socket.disconnect();
            throw new IOException("the viewer took nothing for " + sendDeadline.toMillis() + " ms", e);
        }
    }
}
