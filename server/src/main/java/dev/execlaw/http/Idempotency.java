package dev.execlaw.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Makes a POST that is sent again with the same key happen once. What succeeded is kept for 24 hours; what was refused
 * changed nothing and is tried anew. A duplicate that comes while the first still runs waits for it and gets the same
 * response. Any thread may use it.
 */
final class Idempotency {

    static final Duration KEPT = Duration.ofHours(24);

    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,200}");

    private final IdempotencyStore store;
    private final InstantSource clock;
    private final Map<String, Running> running = new ConcurrentHashMap<>();

    private record Running(String request, CompletableFuture<Reply> reply) {}

    Idempotency(IdempotencyStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Carries the action out unless it already was.
     *
     * @param scope method and path, within which the key is the caller's own
     */
    Reply once(String key, String scope, byte[] body, Supplier<Reply> action) throws InterruptedException {
        if (!KEY.matcher(key).matches()) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "The Idempotency-Key has " + key.length() + " characters or some that are not visible ASCII.",
                    "Use 1 to 200 visible ASCII characters, e.g. a random UUID.");
        }
        String name = scope + " " + key;
        Running mine = new Running(fingerprint(scope, body), new CompletableFuture<>());
        Running first = running.putIfAbsent(name, mine);
        if (first != null) {
            requireSame(mine.request(), first.request(), key);
            return result(first);
        }
        try {
            mine.reply().complete(keptOrDone(name, key, mine.request(), action));
        } catch (RuntimeException | Error e) {
            mine.reply().completeExceptionally(e);
        } finally {
            running.remove(name, mine);
        }
        return result(mine);
    }

    private Reply keptOrDone(String name, String key, String request, Supplier<Reply> action) {
        var kept = store.find(name);
        if (kept.isPresent()) {
            requireSame(request, kept.get().request(), key);
            return Reply.again(kept.get());
        }
        Reply reply = action.get();
        store.keep(name, reply.kept(request, clock.instant().plus(KEPT)));
        return reply;
    }

    private static Reply result(Running done) throws InterruptedException {
        try {
            return done.reply().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ProblemException problem) {
                throw problem;
            }
            throw new IllegalStateException("the request with this idempotency key failed", e.getCause());
        }
    }

    private static void requireSame(String request, String before, String key) {
        if (!request.equals(before)) {
            throw new ProblemException(
                    ErrorCode.IDEMPOTENCY_CONFLICT,
                    "The Idempotency-Key \"" + key + "\" was used before for a request with another body.",
                    "Use a new key for a new request.");
        }
    }

    private static String fingerprint(String scope, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(scope.getBytes(UTF_8));
            digest.update((byte) 0);
            return HexFormat.of().formatHex(digest.digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
