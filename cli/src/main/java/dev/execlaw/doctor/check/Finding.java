package dev.execlaw.doctor.check;

import java.util.Objects;

/**
 * What a check saw.
 *
 * @param verdict how bad it is
 * @param seen what was seen, with its value
 * @param todo what to do about it; empty where there is nothing to do
 */
public record Finding(Verdict verdict, String seen, String todo) {

    public Finding {
        Objects.requireNonNull(verdict, "verdict");
        if (seen.isBlank()) {
            throw new IllegalArgumentException("a finding must say what was seen");
        }
        if (verdict != Verdict.OK && todo.isBlank()) {
            throw new IllegalArgumentException("\"" + seen + "\" is no finding without what to do");
        }
    }

    static Finding ok(String seen) {
        return new Finding(Verdict.OK, seen, "");
    }

    static Finding warn(String seen, String todo) {
        return new Finding(Verdict.WARN, seen, todo);
    }

    static Finding fail(String seen, String todo) {
        return new Finding(Verdict.FAIL, seen, todo);
    }

    /** How bad a finding is, mildest first. */
    public enum Verdict {
        OK,
        WARN,
        FAIL
    }
}
