package dev.execlaw.gateway;

import org.jspecify.annotations.Nullable;

/**
 * What a model costs, in US dollars per million tokens.
 *
 * @param cachedInput of the prompt that comes from the provider's cache; null when it is not known
 */
public record Price(double input, double output, @Nullable Double cachedInput) {

    public Price {
        if (!(input >= 0) || !(output >= 0)) {
            throw new IllegalArgumentException("a price of " + input + " / " + output + " is none");
        }
    }

    /** Whether it costs nothing. */
    public boolean free() {
        return input == 0 && output == 0;
    }
}
