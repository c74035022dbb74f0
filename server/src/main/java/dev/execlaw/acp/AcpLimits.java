package dev.execlaw.acp;

import java.time.Duration;

/**
 * What is taken from an agent, which may be anybody's.
 *
 * @param lineBytes of one message; a longer one is left out
 * @param outputChars of a tool's output in an event; the listener is given the whole
 * @param turnChars of all that one turn tells; then it is ended
 * @param coalesce how long text may wait to be joined with more before it becomes an event
 */
public record AcpLimits(int lineBytes, int outputChars, long turnChars, Duration coalesce) {

    /** What a server does that is not told otherwise; as with what is read from the model's traffic. */
    public static final AcpLimits DEFAULTS = new AcpLimits(8 << 20, 64 << 10, 64L << 20, Duration.ofMillis(50));

    public AcpLimits {
        if (lineBytes < 1024 || outputChars < 16 || turnChars < 1024 || coalesce.isNegative()) {
            throw new IllegalArgumentException("limits of an agent are too small: " + lineBytes + ", " + outputChars
                    + ", " + turnChars + ", " + coalesce);
        }
    }
}
