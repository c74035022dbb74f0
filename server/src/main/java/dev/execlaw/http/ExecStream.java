package dev.execlaw.http;

import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.problem.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * A command's output as events: {@code stdout} and {@code stderr} with {@code text}, or {@code base64} where the bytes
 * are no UTF-8, and at the end {@code exit}, or {@code error} with a problem. Both outputs come at the same time; the
 * lock keeps events whole, and a viewer that does not read slows the command.
 */
final class ExecStream implements ExecOutput {

    private final Response response;
    private final ReentrantLock lock = new ReentrantLock();
    private final Utf8Pieces out = new Utf8Pieces();
    private final Utf8Pieces err = new Utf8Pieces();
    private boolean begun;

    ExecStream(Response response) {
        this.response = response;
    }

    /** Some bytes: one of the two is null. */
    record Piece(@Nullable String text, @Nullable String base64) {}

    /** The last event of a command that ended. */
    record Exit(
            @Nullable Integer status, @Nullable String signal, long durationMs, boolean truncated, boolean timedOut) {}

    @Override
    public void stdout(byte[] bytes) throws IOException {
        piece("stdout", out.next(bytes));
    }

    @Override
    public void stderr(byte[] bytes) throws IOException {
        piece("stderr", err.next(bytes));
    }

    /** Whether something was sent, so that the answer's status cannot be another any more. */
    boolean begun() {
        lock.lock();
        try {
            return begun;
        } finally {
            lock.unlock();
        }
    }

    void end(ExecResult result) throws IOException {
        rest();
        send(
                "exit",
                new Exit(
                        result.status(),
                        result.signal(),
                        result.duration().toMillis(),
                        result.truncated(),
                        result.timedOut()));
    }

    void failed(Problem problem) throws IOException {
        rest();
        send("error", ProblemJson.of(problem));
    }

    private void rest() throws IOException {
        piece("stdout", out.end());
        piece("stderr", err.end());
    }

    private void piece(String name, byte[] bytes) throws IOException {
        if (bytes.length > 0) {
            String text = Utf8Pieces.text(bytes).orElse(null);
            send(name, new Piece(text, text == null ? Base64.getEncoder().encodeToString(bytes) : null));
        }
    }

    private void send(String name, Object data) throws IOException {
        ByteBuffer frame = EventText.frame(name, data);
        lock.lock();
        try {
            if (!begun) {
                begun = true;
                EventText.begin(response);
            }
            Content.Sink.write(response, false, frame);
        } finally {
            lock.unlock();
        }
    }
}
