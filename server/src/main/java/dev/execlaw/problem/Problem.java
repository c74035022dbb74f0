package dev.execlaw.problem;

import java.util.Objects;

/**
 * What went wrong, for people and programs.
 *
 * @param code stable code
 * @param detail the cause in plain words, quoting the value and the limit
 * @param next what to do next; empty where there is nothing
 */
public record Problem(ErrorCode code, String detail, String next) {

    public Problem {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(detail, "detail");
        Objects.requireNonNull(next, "next");
    }
}
