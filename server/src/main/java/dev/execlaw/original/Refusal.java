package dev.execlaw.original;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;

/**
 * A problem in the form that programs of that time read.
 *
 * @param status of the response
 */
public record Refusal(int status, Body body) {

    /** {@code error} is what programs read, {@code message} what the page reads; both say the same. */
    public record Body(String error, String message) {}

    /** In their words where they had some. */
    public static Refusal of(Problem problem) {
        ErrorCode code = problem.code();
        if (code == ErrorCode.SESSION_GONE || code == ErrorCode.NOT_FOUND) {
            return refusal(404, problem.detail().contains("session") ? "session not found" : "not found");
        }
        if (code == ErrorCode.METHOD_NOT_ALLOWED) {
            return refusal(405, "method not allowed");
        }
        if (code == ErrorCode.STATE_CONFLICT) {
            return refusal(400, "session is not active: " + problem.detail());
        }
        if (code == ErrorCode.KEY_MISSING) {
            return refusal(400, "apiKey is required");
        }
        if (code == ErrorCode.NOT_CONFIGURED) {
            return refusal(403, problem.detail());
        }
        if (code == ErrorCode.RATE_LIMIT) {
            return refusal(429, "rate limit exceeded: " + problem.detail());
        }
        return refusal(code.status(), problem.detail());
    }

    private static Refusal refusal(int status, String text) {
        return new Refusal(status, new Body(text, text));
    }
}
