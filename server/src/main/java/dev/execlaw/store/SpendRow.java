package dev.execlaw.store;

/**
 * What a session spent on one model on one day.
 *
 * @param session id; of a deleted session too, as money that was spent stays spent
 * @param day in UTC, {@code 2026-11-24}
 * @param requests model calls that a provider answered, as far as it did
 * @param cost US dollars of those whose price is known
 * @param unpriced requests whose price is not known
 * @param estimated requests whose tokens were guessed
 */
public record SpendRow(
        String session,
        String day,
        String provider,
        String model,
        long requests,
        long inputTokens,
        long outputTokens,
        long cachedInputTokens,
        long reasoningTokens,
        double cost,
        long unpriced,
        long estimated) {}
