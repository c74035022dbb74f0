package dev.execlaw.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** What was spent, added up per session, day, provider and model; and how long sessions' turns took. */
public final class SpendTable {

    private static final String SUMS = """
            coalesce(sum(requests), 0), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
            coalesce(sum(cached_tokens), 0), coalesce(sum(reasoning_tokens), 0), coalesce(sum(cost), 0.0),
            coalesce(sum(unpriced), 0), coalesce(sum(estimated), 0)""";

    private final Database database;

    public SpendTable(Database database) {
        this.database = database;
    }

    /** Adds to what is there, without waiting. */
    public void addLater(SpendRow more) {
        database.writeLater(
                statements -> statements.update(
                        """
                        INSERT INTO spend VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
                          input_tokens = input_tokens + excluded.input_tokens,
                          output_tokens = output_tokens + excluded.output_tokens,
                          cached_tokens = cached_tokens + excluded.cached_tokens,
                          reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
                          cost = cost + excluded.cost, unpriced = unpriced + excluded.unpriced,
                          estimated = estimated + excluded.estimated""",
                        more.session(),
                        more.day(),
                        more.provider(),
                        more.model(),
                        more.requests(),
                        more.inputTokens(),
                        more.outputTokens(),
                        more.cachedInputTokens(),
                        more.reasoningTokens(),
                        more.cost(),
                        more.unpriced(),
                        more.estimated()),
                _ -> {});
    }

    /** Adds to the time that a session's turns took, milliseconds, without waiting. */
    public void addTurnTimeLater(String session, long ms) {
        database.writeLater(
                statements -> statements.update(
                        "INSERT INTO turn_time VALUES (?, ?) ON CONFLICT DO UPDATE SET ms = ms + excluded.ms",
                        session,
                        ms),
                _ -> {});
    }

    /** All that a session spent; day, provider and model are empty. */
    public SpendRow total(String session) {
        return database.read(statements -> statements
                .first(
                        "SELECT ?, '', '', '', " + SUMS + " FROM spend WHERE session = ?",
                        SpendTable::row,
                        session,
                        session)
                .orElseThrow());
    }

    /** How long a session's turns took, milliseconds. */
    public long turnTime(String session) {
        return database.read(statements -> statements
                .first("SELECT ms FROM turn_time WHERE session = ?", row -> row.getLong(1), session)
                .orElse(0L));
    }

    /** What all sessions together spent from one day to another, both included; the session is empty. */
    public List<SpendRow> days(String from, String to) {
        return database.read(statements -> statements.list(
                "SELECT '', day, provider, model, " + SUMS
                        + " FROM spend WHERE day BETWEEN ? AND ? GROUP BY day, provider, model ORDER BY day, provider, model",
                SpendTable::row,
                from,
                to));
    }

    private static SpendRow row(ResultSet row) throws SQLException {
        return new SpendRow(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getLong(8),
                row.getLong(9),
                row.getDouble(10),
                row.getLong(11),
                row.getLong(12));
    }
}
