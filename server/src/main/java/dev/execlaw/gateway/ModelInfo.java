package dev.execlaw.gateway;

import org.jspecify.annotations.Nullable;

/**
 * A model that a provider offers.
 *
 * @param id as calls name it
 * @param name for people
 * @param contextLength tokens of prompt and answer together; null when it is not known
 * @param price null when it is not known
 * @param preferred whether a session that names no model gets this one
 */
public record ModelInfo(
        String id,
        String name,
        @Nullable Integer contextLength,
        @Nullable Price price,
        boolean preferred) {

    public ModelInfo {
        if (id.isBlank()) {
            throw new IllegalArgumentException("a model must have an id");
        }
    }

    /** The same one, preferred or not. */
    ModelInfo preferred(boolean now) {
        return new ModelInfo(id, name, contextLength, price, now);
    }
}
