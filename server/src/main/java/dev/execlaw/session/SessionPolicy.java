package dev.execlaw.session;

import org.jspecify.annotations.Nullable;

/**
 * What a session may spend in all, and how fast. Null means no limit. A budget is for the session's whole life: it
 * outlasts restarts, and a rewind gives nothing back.
 *
 * @param tokens read and written together
 * @param usd US dollars, as far as prices are known
 * @param requests model calls that a provider answers
 * @param minutes that turns take, from the message to the end, tools included; the time between turns is free
 * @param requestsPerMin model calls within any 60 seconds
 * @param tokensPerMin tokens within any 60 seconds
 */
public record SessionPolicy(
        @Nullable Long tokens,
        @Nullable Double usd,
        @Nullable Long requests,
        @Nullable Long minutes,
        @Nullable Integer requestsPerMin,
        @Nullable Long tokensPerMin) {

    /** No limit at all. */
    public static final SessionPolicy NONE = new SessionPolicy(null, null, null, null, null, null);

    private static final Limit TOKENS = new Limit(1, 1e12);
    private static final Limit USD = new Limit(0.0001, 1e6);
    private static final Limit REQUESTS = new Limit(1, 1e9);
    private static final Limit MINUTES = new Limit(1, 525_600);
    private static final Limit REQUESTS_PER_MIN = new Limit(1, 100_000);
    private static final Limit TOKENS_PER_MIN = new Limit(1, 1e9);

    /** The same. A value out of its range is a {@link dev.execlaw.problem.ProblemException} that names it. */
    SessionPolicy checked() {
        TOKENS.check("policy.tokens", tokens);
        USD.check("policy.usd", usd);
        REQUESTS.check("policy.requests", requests);
        MINUTES.check("policy.minutes", minutes);
        REQUESTS_PER_MIN.check("policy.requestsPerMin", requestsPerMin);
        TOKENS_PER_MIN.check("policy.tokensPerMin", tokensPerMin);
        return this;
    }
}
