package dev.execlaw.microvm.firecracker.api;

import org.jspecify.annotations.Nullable;

/**
 * How much may pass. A size or a refill time of 0 switches the bucket off: that is how a limit is taken away.
 *
 * @param size most tokens (bytes or operations) it holds
 * @param refillTime milliseconds in which an empty bucket becomes full
 * @param oneTimeBurst tokens on top of it, once; null for none
 */
public record TokenBucket(
        long size, long refillTime, @Nullable Long oneTimeBurst) {

    public TokenBucket {
        if (size < 0 || refillTime < 0 || (oneTimeBurst != null && oneTimeBurst < 0)) {
            throw new IllegalArgumentException("token bucket of size " + size + ", refill time " + refillTime
                    + " and burst " + oneTimeBurst + ": none may be negative");
        }
    }

    /** So many tokens in each second. */
    public static TokenBucket perSecond(long tokens) {
        return new TokenBucket(tokens, 1000, null);
    }
}
