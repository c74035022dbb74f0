package dev.execlaw.microvm.image.source;

import java.io.IOException;
import java.time.Duration;

/** A server could not answer now and may later. */
final class PassingException extends IOException {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    PassingException(String message, Duration retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    /** What the server asks for, or zero. */
    Duration retryAfter() {
        return retryAfter;
    }
}
