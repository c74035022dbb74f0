package dev.execlaw.gateway;

import org.jspecify.annotations.Nullable;

/**
 * What a model costs, in US dollars per million tokens.
 *
 * @param input tokens that it reads
 * @param output tokens that it writes, its reasoning among them
 * @param cachedInput tokens of the prompt that come from the provider's cache; null where that is not known, and
 *     they are counted as others
 */
public record Price(double input, double output, @Nullable Double cachedInput) {

    private static final double MILLION = 1_000_000;

    public Price {
        if (!(input >= 0) || !(output >= 0) || (cachedInput != null && !(cachedInput >= 0))) {
            throw new IllegalArgumentException(
                    "a price must be 0 or more: " + input + ", " + output + ", " + cachedInput);
        }
    }

    /** Whether it costs nothing. */
    public boolean free() {
        return input == 0 && output == 0;
    }

    /** What a call costs, in US dollars. {@code cached} are those of the input that came from a cache. */
    public double of(long inputTokens, long cached, long outputTokens) {
        double each = cachedInput == null ? input : cachedInput;
        return ((inputTokens - cached) * input + cached * each + outputTokens * output) / MILLION;
    }
}
