package dev.execlaw.session;

import dev.execlaw.store.SpendRow;
import java.util.List;

/**
 * What all sessions spent, deleted ones too: response of {@code GET /usage}.
 *
 * @param from first day, UTC
 * @param to last day, included
 * @param cost US dollars of all requests whose price is known
 */
public record UsageReport(String from, String to, double cost, List<Line> lines) {

    public UsageReport {
        lines = List.copyOf(lines);
    }

    /** One day's requests to one model; see {@link SpendView} for what the numbers are. */
    public record Line(
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
            long estimated) {

        static Line of(SpendRow row) {
            return new Line(
                    row.day(),
                    row.provider(),
                    row.model(),
                    row.requests(),
                    row.inputTokens(),
                    row.outputTokens(),
                    row.cachedInputTokens(),
                    row.reasoningTokens(),
                    row.cost(),
                    row.unpriced(),
                    row.estimated());
        }
    }
}
