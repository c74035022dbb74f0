package dev.execlaw.http;

import dev.execlaw.auth.RateLimit;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import java.time.Duration;

/** A client has asked too often. */
final class RateLimited extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long seconds;
    private final transient Problem problem;

    RateLimited(RateLimit limit, Duration wait) {
        super(null, null, false, false);
        this.seconds = Math.max(1, wait.plusMillis(999).toSeconds());
        this.problem = new Problem(
                ErrorCode.RATE_LIMIT,
                "Too many requests from this address: the limit is " + limit.perMinute() + " a minute, and "
                        + limit.burst() + " at once.",
                "Try again in " + seconds + " s.");
    }

    Problem problem() {
        return problem;
    }

    /** For the {@code Retry-After} header. */
    long seconds() {
        return seconds;
    }
}
