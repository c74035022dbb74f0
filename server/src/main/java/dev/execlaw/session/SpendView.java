package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.store.SpendRow;

/**
 * What was spent, by a session in all or in one turn.
 *
 * @param requests model calls that a provider answered, those that were cut short among them
 * @param cachedInputTokens how many of the input the provider said it had in its cache
 * @param reasoningTokens how many of the output it said were reasoning
 * @param cost US dollars of the requests whose price is known
 * @param unpriced requests whose price is not known
 * @param estimated requests whose tokens were guessed from the text, as they were cut before the provider counted
 * @param turnMs milliseconds that turns took, as far as they are over
 */
public record SpendView(
        long requests,
        long inputTokens,
        long outputTokens,
        long cachedInputTokens,
        long reasoningTokens,
        double cost,
        long unpriced,
        long estimated,
        long turnMs) {

    /** Nothing yet. */
    public static final SpendView NOTHING = new SpendView(0, 0, 0, 0, 0, 0, 0, 0, 0);

    static SpendView of(SpendRow row, long turnMs) {
        return new SpendView(
                row.requests(),
                row.inputTokens(),
                row.outputTokens(),
                row.cachedInputTokens(),
                row.reasoningTokens(),
                row.cost(),
                row.unpriced(),
                row.estimated(),
                turnMs);
    }

    long tokens() {
        return inputTokens + outputTokens;
    }

    SpendView plus(EventPayload.Usage call) {
        Double price = call.cost();
        return new SpendView(
                requests + 1,
                inputTokens + call.inputTokens(),
                outputTokens + call.outputTokens(),
                cachedInputTokens + or0(call.cachedInputTokens()),
                reasoningTokens + or0(call.reasoningTokens()),
                cost + (price == null ? 0 : price),
                unpriced + (price == null ? 1 : 0),
                estimated + (Boolean.TRUE.equals(call.estimated()) ? 1 : 0),
                turnMs);
    }

    SpendView longer(long ms) {
        return new SpendView(
                requests,
                inputTokens,
                outputTokens,
                cachedInputTokens,
                reasoningTokens,
                cost,
                unpriced,
                estimated,
                turnMs + ms);
    }

    private static long or0(@org.jspecify.annotations.Nullable Long number) {
        return number == null ? 0 : number;
    }
}
