package dev.execlaw.auth;

/**
 * How often something may happen.
 *
 * @param perMinute refill of the bucket, evenly spread
 * @param burst size of the bucket
 */
public record RateLimit(int perMinute, int burst) {

    public RateLimit {
        if (perMinute < 1 || burst < 1) {
            throw new IllegalArgumentException(
                    "rate limit is " + perMinute + " per minute, burst " + burst + "; both must be at least 1");
        }
    }
}
