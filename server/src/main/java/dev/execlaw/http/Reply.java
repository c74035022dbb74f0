package dev.execlaw.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.problem.Problem;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** A whole response, ready to be sent, or sent again. Immutable. */
final class Reply {

    private static final byte[] NOTHING = {};

    private final int status;
    private final String mediaType;
    private final byte[] body;

    /** Takes the body over; an empty one is none. */
    Reply(int status, String mediaType, byte[] body) {
        this.status = status;
        this.mediaType = mediaType;
        this.body = body;
    }

    static Reply nothing(int status) {
        return new Reply(status, "", NOTHING);
    }

    static Reply json(int status, Object value) {
        return new Reply(status, "application/json", Json.bytes(value));
    }

    static Reply problem(Problem problem) {
        return problem(ProblemJson.of(problem));
    }

    static Reply problem(ProblemJson problem) {
        return new Reply(problem.status(), ProblemJson.MEDIA_TYPE, Json.bytes(problem));
    }

    /** As an idempotency store keeps it; all that is kept is text. */
    IdempotencyStore.Kept kept(String request, Instant until) {
        return new IdempotencyStore.Kept(request, status, mediaType, new String(body, UTF_8), until);
    }

    static Reply again(IdempotencyStore.Kept kept) {
        return new Reply(kept.status(), kept.mediaType(), kept.body().getBytes(UTF_8));
    }

    /** Sends it and completes the callback. */
    void send(Response response, Callback callback) {
        response.setStatus(status);
        var headers = response.getHeaders();
        headers.put(HttpHeader.CACHE_CONTROL, "no-store");
        if (body.length > 0) {
            headers.put(HttpHeader.CONTENT_TYPE, mediaType);
        }
        if (status != 204) {
            headers.put(HttpHeader.CONTENT_LENGTH, body.length);
        }
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
