package dev.execlaw.store;

import org.jspecify.annotations.Nullable;

/**
 * One session as it is stored.
 *
 * @param createdAt milliseconds since the epoch
 * @param settings JSON of what was asked for
 * @param status JSON of what became of it
 * @param apiKey the user's key as {@link SecretBox} sealed it
 */
public record SessionRow(
        String id,
        long createdAt,
        String settings,
        String status,
        @Nullable String apiKey) {

    @Override
    public String toString() {
        return "SessionRow[" + id + "]";
    }
}
