package dev.execlaw.microvm.firecracker.api;

import dev.execlaw.microvm.firecracker.api.Answers.InstanceInfo;
import dev.execlaw.microvm.linux.OpenFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Speaks to one Firecracker over its Unix socket, on one connection that is made at the first call. Any thread may call
 * it; calls follow each other, as Firecracker serves them one by one anyway. Each has a deadline. A call that was not
 * answered spoils the connection: the next makes a new one and first asks for the state, since nobody knows whether the
 * call was carried out.
 */
public final class FirecrackerClient implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FirecrackerClient.class);
    private static final int UNAVAILABLE = 503;

    private final Path socket;
    private final ReentrantLock lock = new ReentrantLock(true);

    /** Volatile: {@link #close} closes it under a call that is waiting. */
    private volatile @Nullable Wire wire;

    private volatile boolean closed;
    private boolean doubtful;

    /** A client of the socket at this path, which may be of any length. Connects when first called. */
    public FirecrackerClient(Path socket) {
        this.socket = socket.toAbsolutePath();
    }

    /** Has a command carried out. */
    public void send(Command command) throws ApiException {
        send(command, command.deadline());
    }

    /** Has a command carried out within this time. */
    public void send(Command command, Duration deadline) throws ApiException {
        succeeded(command, call(command, deadline));
    }

    /** Asks. */
    public <R> R ask(Query<R> query) throws ApiException {
        return ask(query, query.deadline());
    }

    /** Asks for an answer within this time. */
    public <R> R ask(Query<R> query, Duration deadline) throws ApiException {
        RawAnswer answer = succeeded(query, call(query, deadline));
        try {
            R value = Json.MAPPER.readValue(answer.body(), query.answer());
            if (value == null) {
                throw new ApiException.Unexpected(query.operation(), answer.status(), answer.body(), null);
            }
            return value;
        } catch (JacksonException e) {
            throw new ApiException.Unexpected(query.operation(), answer.status(), answer.body(), e);
        }
    }

    /** Sends what this client has no type for; a refusal is an answer here, no exception. */
    public RawAnswer raw(RawRequest request) throws ApiException {
        return call(request, request.deadline());
    }

    private RawAnswer call(ApiRequest request, Duration deadline) throws ApiException {
        long until = System.nanoTime() + deadline.toNanos();
        await(request, deadline);
        try {
            if (doubtful && !(request instanceof Query.Instance)) {
                InstanceInfo state = Json.MAPPER.readValue(
                        succeeded(request, exchange(new Query.Instance(), deadline, until))
                                .body(),
                        InstanceInfo.class);
                LOG.info("{} is {} after a call that was not answered", state.id(), state.state());
            }
            return exchange(request, deadline, until);
        } catch (JacksonException e) {
            throw new ApiException.Unexpected(request.operation(), 0, String.valueOf(e.getMessage()), e);
        } finally {
            lock.unlock();
        }
    }

    private void await(ApiRequest request, Duration deadline) throws ApiException {
        try {
            if (!lock.tryLock(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new ApiException.Unanswered(request.operation(), deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException.Disconnected(
                    request.operation(), new IOException("interrupted while another call was under way", e));
        }
    }

    private RawAnswer exchange(ApiRequest request, Duration deadline, long until) throws ApiException {
        Object body = request.body();
        byte[] bytes = body == null
                ? new byte[0]
                : Json.MAPPER.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
        Wire current = wire(request);
        CompletableFuture<RawAnswer> answer = new CompletableFuture<>();
        Thread.ofVirtual().name("firecracker " + request.operation()).start(() -> {
            try {
                connect(current);
                answer.complete(current.exchange(request.method(), request.path(), bytes));
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        boolean answered = false;
        try {
            RawAnswer result = answer.get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
            answered = result.status() != UNAVAILABLE;
            doubtful = false;
            if (result.deprecated()) {
                LOG.debug("Firecracker calls what {} uses deprecated", request.operation());
            }
            return result;
        } catch (TimeoutException e) {
            throw new ApiException.Unanswered(request.operation(), deadline);
        } catch (ExecutionException e) {
            IOException cause = e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
            throw new ApiException.Disconnected(request.operation(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException.Disconnected(request.operation(), new IOException("interrupted", e));
        } finally {
            if (!answered) {
                spoil();
            }
        }
    }

    private Wire wire(ApiRequest request) throws ApiException {
        try {
            Wire current = wire;
            if (current == null) {
                current = Wire.create();
                wire = current;
            }
            if (closed) {
                disconnect();
                throw new IOException("this client is closed");
            }
            return current;
        } catch (IOException e) {
            throw new ApiException.Disconnected(request.operation(), e);
        }
    }

    /** By a name that fits a socket address (106 bytes in Java), however deep the socket's directory is. */
    private void connect(Wire current) throws IOException {
        if (current.connected()) {
            return;
        }
        Path directory = socket.getParent();
        try (OpenFile place = OpenFile.place(directory == null ? Path.of("/") : directory)) {
            current.connect(place.alias(socket.getFileName().toString()));
        } catch (ConnectException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException("cannot connect to " + socket + ": " + e.getMessage(), e);
        }
    }

    private void spoil() {
        doubtful = true;
        disconnect();
    }

    private void disconnect() {
        Wire current = wire;
        wire = null;
        try {
            if (current != null) {
                current.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RawAnswer succeeded(ApiRequest request, RawAnswer answer) throws ApiException {
        if (answer.succeeded()) {
            return answer;
        }
        throw Faults.of(request.operation(), answer);
    }

    /** Whether nobody listens at the socket, or not yet. */
    public static boolean refused(ApiException e) {
        return e instanceof ApiException.Disconnected && e.getCause() instanceof ConnectException;
    }

    /** Whether any process listens at the socket; one that does may still answer nothing. */
    public static boolean listens(Path socket) {
        try (FirecrackerClient client = new FirecrackerClient(socket);
                Wire probe = Wire.create()) {
            client.connect(probe);
            return true;
        } catch (IOException _) {
            // Not there, or left behind by a dead process: nobody can be reached.
            return false;
        }
    }

    /** Closes the connection, also under a call that is waiting. Firecracker does not notice more than that. */
    @Override
    public void close() {
        closed = true;
        disconnect();
    }

    /** How a request would be written; for tests of what is sent. */
    static JsonNode json(Object body) {
        return Json.MAPPER.valueToTree(body);
    }
}
