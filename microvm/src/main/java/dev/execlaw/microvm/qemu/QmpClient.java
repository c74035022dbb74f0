package dev.execlaw.microvm.qemu;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * QEMU's control connection. Commands may be sent from any thread, each with its own deadline; answers are matched by
 * id. One virtual thread reads; events are told on it, in order.
 */
final class QmpClient implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final SocketChannel channel;
    private final Consumer<QmpEvent> events;
    private final CompletableFuture<Void> greeting = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final Map<Long, CompletableFuture<JsonNode>> calls = new ConcurrentHashMap<>();
    private final AtomicLong ids = new AtomicLong();

    private QmpClient(SocketChannel channel, Consumer<QmpEvent> events) {
        this.channel = channel;
        this.events = events;
    }

    /** Connects and negotiates. The socket must listen. */
    static QmpClient connect(Path socket, Consumer<QmpEvent> events, Duration deadline) throws QmpException {
        QmpClient client;
        try {
            client = new QmpClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)), events);
        } catch (IOException e) {
            throw new QmpException("cannot connect to QMP at " + socket + ": " + e.getMessage(), e);
        }
        Thread.ofVirtual().name("qmp " + socket).start(client::read);
        try {
            await(client.greeting, "the greeting", deadline);
            client.call(new QmpCommand.QmpCapabilities(), deadline);
            return client;
        } catch (QmpException e) {
            client.close();
            throw e;
        }
    }

    /** Sends a command and waits for its answer: what stands under {@code return}. */
    JsonNode call(QmpCommand command, Duration deadline) throws QmpException {
        long id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        calls.put(id, answer);
        try {
            if (closed.isDone()) {
                throw new QmpException("QMP is closed; " + command.execute() + " was not sent");
            }
            send(
                    command.arguments().isEmpty()
                            ? Map.of("execute", command.execute(), "id", id)
                            : Map.of("execute", command.execute(), "arguments", command.arguments(), "id", id));
            return await(answer, command.execute(), deadline);
        } finally {
            calls.remove(id);
        }
    }

    /** Completes when QEMU closed the connection and all its events were told. */
    CompletableFuture<Void> closed() {
        return closed.copy();
    }

    private synchronized void send(Map<String, Object> message) throws QmpException {
        ByteBuffer bytes = ByteBuffer.wrap((JSON.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new QmpException("QMP took no command: " + e, e);
        }
    }

    private void read() {
        IOException end = new QmpException("QEMU closed the QMP connection");
        try (InputStream in = Channels.newInputStream(channel);
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null) {
                message(JSON.readTree(line));
                line = lines.readLine();
            }
        } catch (IOException e) {
            end = e;
        } catch (JacksonException e) {
            end = new QmpException("QEMU sent what is no JSON: " + e.getMessage(), e);
        } finally {
            closed.complete(null);
            greeting.completeExceptionally(end);
            for (CompletableFuture<JsonNode> call : calls.values()) {
                call.completeExceptionally(end);
            }
        }
    }

    private void message(JsonNode message) {
        if (message.has("QMP")) {
            greeting.complete(null);
        } else if (message.has("event")) {
            QmpEvent event = QmpEvent.parse(message);
            if (event != null) {
                events.accept(event);
            }
        } else {
            CompletableFuture<JsonNode> call = calls.get(message.path("id").asLong(0));
            JsonNode error = message.get("error");
            if (call != null && error != null) {
                call.completeExceptionally(
                        new QmpException("QEMU refused: " + error.path("desc").asString("")));
            } else if (call != null) {
                call.complete(message.path("return"));
            }
        }
    }

    private static <T extends @Nullable Object> T await(CompletableFuture<T> future, String what, Duration deadline)
            throws QmpException {
        try {
            return future.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new QmpException("QEMU did not answer " + what + " within " + deadline.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            throw new QmpException(what + ": " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QmpException("interrupted while waiting for " + what, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            closed.completeExceptionally(e);
        }
    }
}
