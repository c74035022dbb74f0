package dev.execlaw.microvm.firecracker.api;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Limits of one device. In an update a bucket that is left out stays as it is.
 *
 * @param bandwidth bytes
 * @param ops operations
 */
public record RateLimiter(
        @Nullable TokenBucket bandwidth, @Nullable TokenBucket ops) {

    /** Limits per second; 0 for none. Empty when there is nothing to limit. */
    public static Optional<RateLimiter> perSecond(long bytes, long operations) {
        if (bytes == 0 && operations == 0) {
            return Optional.empty();
        }
        return Optional.of(new RateLimiter(
                bytes == 0 ? null : TokenBucket.perSecond(bytes),
                operations == 0 ? null : TokenBucket.perSecond(operations)));
    }
}
