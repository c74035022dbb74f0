package dev.execlaw.config;

/** Section {@code [policy]}: what a session may spend whose creator does not say. */
public record PolicyConfig(
        @Setting(meaning = "Tokens that a session may read and write in all. 0: no limit.", byDefault = "0")
        int tokens,

        @Setting(
                meaning =
                        "US cents that a session may spend in all. 0: no limit. With a limit, sessions of models whose price"
                                + " is not known are refused unless they bring a policy of their own.",
                byDefault = "0")
        int usCents,

        @Setting(meaning = "Model calls that a session may make in all. 0: no limit.", byDefault = "0")
        int requests,

        @Setting(meaning = "Minutes that a session's turns may take in all. 0: no limit.", byDefault = "0")
        int minutes,

        @Setting(meaning = "Model calls that a session may make within any 60 seconds. 0: no limit.", byDefault = "0")
        int requestsPerMin,

        @Setting(meaning = "Tokens that a session may use within any 60 seconds. 0: no limit.", byDefault = "0")
        int tokensPerMin) {

    public PolicyConfig {
        Check.range("policy.tokens", tokens, 0, Integer.MAX_VALUE);
        Check.range("policy.us_cents", usCents, 0, 100_000_000);
        Check.range("policy.requests", requests, 0, 1_000_000_000);
        Check.range("policy.minutes", minutes, 0, 525_600);
        Check.range("policy.requests_per_min", requestsPerMin, 0, 100_000);
        Check.range("policy.tokens_per_min", tokensPerMin, 0, 1_000_000_000);
    }
}
