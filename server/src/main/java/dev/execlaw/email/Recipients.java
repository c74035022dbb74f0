package dev.execlaw.email;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Who may be sent mail. Immutable.
 *
 * @param patterns addresses ({@code me@example.org}) and domains ({@code *@example.org}); letters of any case
 */
public record Recipients(List<String> patterns) {

    /**
     * A plain address: no name beside it, no quotes, no comment, nothing that could be two addresses or a header. RFC 5321
     * allows more, which nobody has.
     */
    private static final Pattern ADDRESS =
            Pattern.compile("[A-Za-z0-9_+-]+(\\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
                    + "(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*");

    private static final int LONGEST = 254;

    public Recipients {
        patterns = patterns.stream().map(each -> each.toLowerCase(Locale.ROOT)).toList();
    }

    /** Whether a text is a plain mail address. */
    static boolean isAddress(String text) {
        return text.length() <= LONGEST && ADDRESS.matcher(text).matches();
    }

    /** Whether this address may be sent mail. */
    boolean allow(String address) {
        String lower = address.toLowerCase(Locale.ROOT);
        String domain = lower.substring(lower.lastIndexOf('@') + 1);
        return isAddress(address) && (patterns.contains(lower) || patterns.contains("*@" + domain));
    }

    /** The addresses among them, in their order. */
    public List<String> addresses() {
        return patterns.stream().filter(each -> !each.startsWith("*")).toList();
    }
}
