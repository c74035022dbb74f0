package dev.execlaw.microvm.console;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A semantic prompt mark, {@code ESC ] 133 ; kind [; exit] BEL} or with {@code ESC \} at its end.
 *
 * @param exit exit status of the command; null unless a {@link Kind#COMMAND_DONE} tells it
 */
public record Mark(Kind kind, @Nullable Integer exit) {

    private static final Pattern FORM = Pattern.compile("133;([ABCD])(?:;(.*))?", Pattern.DOTALL);
    private static final Pattern STATUS = Pattern.compile("(\\d{1,9})(?:;.*)?", Pattern.DOTALL);

    /** What is at this place. */
    public enum Kind {
        /** A: the prompt begins. */
        PROMPT,
        /** B: the prompt has ended; what follows is typed. */
        INPUT,
        /** C: the command begins to run; what follows is its output. */
        OUTPUT,
        /** D: the command has ended. */
        COMMAND_DONE
    }

    static @Nullable Mark parse(String body) {
        Matcher form = FORM.matcher(body);
        if (!form.matches()) {
            return null;
        }
        Kind kind = Kind.values()[form.group(1).charAt(0) - 'A'];
        String rest = form.group(2);
        if (kind != Kind.COMMAND_DONE || rest == null) {
            return new Mark(kind, null);
        }
        Matcher status = STATUS.matcher(rest);
        return new Mark(kind, status.matches() ? Integer.valueOf(status.group(1)) : null);
    }
}
