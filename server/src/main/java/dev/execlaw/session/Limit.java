package dev.execlaw.session;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/** The range of a number in a request. */
record Limit(double least, double most) {

    /** Checks a value; null passes. */
    void check(String field, @Nullable Number value) {
        if (value != null && !(value.doubleValue() >= least && value.doubleValue() <= most)) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    field + " is " + value + ", allowed are " + plain(least) + " to " + plain(most),
                    "send a value in that range, or leave the field out for the default");
        }
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }
}
