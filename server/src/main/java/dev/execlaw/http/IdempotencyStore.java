package dev.execlaw.http;

import java.time.Instant;
import java.util.Optional;

/** Remembers responses by idempotency key. Any thread may use it. */
public interface IdempotencyStore {

    /** The response kept for this key, unless it was given up. */
    Optional<Kept> find(String key);

    /** Keeps a response until its time is over. */
    void keep(String key, Kept response);

    /**
     * A response kept.
     *
     * @param request SHA-256 of the request that it answers, in hex
     * @param mediaType of the body, empty when there is none
     * @param body as it was sent
     * @param until when it may be forgotten
     */
    record Kept(String request, int status, String mediaType, String body, Instant until) {}
}
