package dev.execlaw.key;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/** What a key looks like. */
public final class KeyText {

    /** Most characters of a key. */
    public static final int LONGEST = 4096;

    private static final int TELLING = 12;
    private static final int SHOWN = 4;

    private KeyText() {}

    /**
     * The key, if it can be one: it goes into a header as it is.
     *
     * @param field name in the request, for the message, which does not quote the key
     */
    public static String checked(String field, @Nullable String key) {
        if (key == null || key.isEmpty()) {
            throw refused(field + " is empty", "send the provider's key, 1 to " + LONGEST + " characters");
        }
        if (key.length() > LONGEST) {
            throw refused(field + " has " + key.length() + " characters, allowed are " + LONGEST, "copy the key again");
        }
        long wrong = key.chars().filter(c -> c <= ' ' || c > '~').count();
        if (wrong > 0) {
            throw refused(
                    field + " has " + wrong + " of its " + key.length()
                            + " characters that no key has: blanks, control characters or others than ASCII",
                    "copy the key again, without what stands around it");
        }
        return key;
    }

    /** Its last four characters, where these do not give it away. */
    static String lastFour(String key) {
        return key.length() < TELLING ? "" : key.substring(key.length() - SHOWN);
    }

    private static ProblemException refused(String detail, String next) {
        return new ProblemException(ErrorCode.INVALID_REQUEST, detail, next);
    }
}
