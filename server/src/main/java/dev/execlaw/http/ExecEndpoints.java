package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.Sessions;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Commands in a session's machine. */
final class ExecEndpoints {

    /** Of each output, in an answer that is held in memory. */
    private static final long WHOLE = 1 << 20;

    /** Of each output, in a stream. */
    private static final long STREAMED = 64L << 20;

    private final Sessions sessions;

    ExecEndpoints(Sessions sessions) {
        this.sessions = sessions;
    }

    List<Endpoint> all() {
        return List.of(endpoint(
                        "POST",
                        "/sessions/{id}/exec",
                        "execInSession",
                        "Runs a command in the session's machine, beside its agent; with Accept: text/event-stream its"
                                + " output comes as it is written")
                .returns(200, Outcome.class)
                .fails(
                        ErrorCode.NOT_FOUND,
                        ErrorCode.STATE_CONFLICT,
                        ErrorCode.UNKNOWN_FIELD,
                        ErrorCode.BODY_TOO_LARGE,
                        ErrorCode.EXEC_UNAVAILABLE,
                        ErrorCode.EXEC_FAILED)
                .takes(Exec.class, this::whole, this::stream));
    }

    private Outcome whole(Call call, Exec body) {
        Kept kept = new Kept();
        ExecResult result = sessions.exec(call.session(), body.command(WHOLE), kept);
        return kept.outcome(result);
    }

    private void stream(Call call, Exec body, Response response, Callback callback) throws Exception {
        ExecStream stream = new ExecStream(response);
        try {
            stream.end(sessions.exec(call.session(), body.command(STREAMED), stream));
        } catch (ProblemException e) {
            if (!stream.begun()) {
                throw e;
            }
            stream.failed(e.problem());
        }
        response.write(true, ByteBuffer.allocate(0), callback);
    }

    /**
     * Body of {@code POST /sessions/{id}/exec}.
     *
     * @param command text for {@code sh -c}
     * @param stdin what it gets to read, as text
     * @param stdinBase64 the same as bytes
     */
    record Exec(
            String command,
            @Nullable String stdin,
            @Nullable String stdinBase64,
            @Nullable Integer timeoutS,
            @Nullable String cwd,
            @Nullable Map<String, String> env) {

        ExecCommand command(long limit) {
            Map<String, String> variables = Objects.requireNonNullElse(env, Map.of());
            if (variables.values().stream().anyMatch(Objects::isNull)) {
                throw new ProblemException(
                        ErrorCode.INVALID_REQUEST, "a variable in env is null", "send a string, or leave it out");
            }
            Duration timeout = timeoutS == null ? ExecCommand.TIMEOUT : Duration.ofSeconds(timeoutS);
            return new ExecCommand(command, ByteBuffer.wrap(input()), timeout, cwd, variables, limit);
        }

        private byte[] input() {
            if (stdin != null && stdinBase64 != null) {
                throw new ProblemException(
                        ErrorCode.INVALID_REQUEST, "stdin and stdinBase64 are both given", "send one of them");
            }
            try {
                return stdinBase64 == null
                        ? Objects.requireNonNullElse(stdin, "").getBytes(StandardCharsets.UTF_8)
                        : Base64.getDecoder().decode(stdinBase64);
            } catch (IllegalArgumentException e) {
                throw new ProblemException(
                        ErrorCode.INVALID_REQUEST,
                        "stdinBase64 is no base64: " + e.getMessage(),
                        "encode it as RFC 4648 section 4 says",
                        e);
            }
        }
    }

    /**
     * Answer of {@code POST /sessions/{id}/exec}.
     *
     * @param stdout as text, with U+FFFD for what is no UTF-8
     * @param stdoutBase64 the bytes, where they are no UTF-8
     */
    record Outcome(
            String stdout,
            @Nullable String stdoutBase64,
            String stderr,
            @Nullable String stderrBase64,
            @Nullable Integer status,
            @Nullable String signal,
            long durationMs,
            boolean truncated,
            boolean timedOut) {}

    /** Output that is kept to its end. Each stream has a thread of its own. */
    private static final class Kept implements ExecOutput {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final ByteArrayOutputStream err = new ByteArrayOutputStream();

        @Override
        public void stdout(byte[] bytes) {
            out.writeBytes(bytes);
        }

        @Override
        public void stderr(byte[] bytes) {
            err.writeBytes(bytes);
        }

        Outcome outcome(ExecResult result) {
            return new Outcome(
                    out.toString(StandardCharsets.UTF_8),
                    base64(out.toByteArray(), result.truncated()),
                    err.toString(StandardCharsets.UTF_8),
                    base64(err.toByteArray(), result.truncated()),
                    result.status(),
                    result.signal(),
                    result.duration().toMillis(),
                    result.truncated(),
                    result.timedOut());
        }

        /** A cut may have gone through a character, which makes no bytes of text. */
        private static @Nullable String base64(byte[] bytes, boolean cut) {
            byte[] whole = cut ? new Utf8Pieces().next(bytes) : bytes;
            return Utf8Pieces.text(whole).isPresent()
                    ? null
                    : Base64.getEncoder().encodeToString(bytes);
        }
    }
}
