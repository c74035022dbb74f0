package dev.execlaw.session;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a machine's own checks found, in their order.
 *
 * @param checks one entry of each
 */
public record Checkup(List<Check> checks) {

    public Checkup {
        checks = List.copyOf(checks);
    }

    /** How it stands with one thing. In JSON in lower case. */
    public enum Verdict {
        OK,
        WARN,
        FAIL;

        @JsonValue
        public String json() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One check.
     *
     * @param name what was looked at, a few words
     * @param todo what to do; empty where nothing is to be done
     */
    public record Check(String name, Verdict verdict, String seen, String todo) {
        public Check {
            if (name.isBlank() || seen.isBlank() || (verdict != Verdict.OK && todo.isBlank())) {
                throw new IllegalArgumentException("the check \"" + name + "\" (" + verdict.json()
                        + ") must say what was seen, and what to do unless all is well");
            }
        }
    }

    /** This checkup with one more check at its end. */
    Checkup with(Check check) {
        List<Check> all = new ArrayList<>(checks);
        all.add(check);
        return new Checkup(all);
    }
}
