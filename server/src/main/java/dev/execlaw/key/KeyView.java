package dev.execlaw.key;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key as users see it, which is not the key.
 *
 * @param provider id of its provider
 * @param lastFour its last four characters; empty for a key so short that they would give it away
 * @param createdAt when it was entered; null for one of the environment
 */
public record KeyView(
        String provider, String lastFour, @Nullable Instant createdAt, KeySource source) {}
