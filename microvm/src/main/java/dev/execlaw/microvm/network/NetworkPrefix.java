package dev.execlaw.microvm.network;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The /16 that all slots are cut from.
 *
 * @param first first number of its addresses, 1 to 223
 * @param second second number of its addresses, 0 to 255
 */
public record NetworkPrefix(int first, int second) {

    /** What is used unless another is asked for: 10.200.0.0/16. */
    public static final NetworkPrefix DEFAULT = new NetworkPrefix(10, 200);

    private static final Pattern FORM = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.0\\.0/16");

    public NetworkPrefix {
        if (first < 1 || first > 223 || first == 127 || second < 0 || second > 255) {
            throw new IllegalArgumentException("network prefix " + first + "." + second
                    + ".0.0/16 has no addresses for hosts; take one of a private range, e.g. 10.200.0.0/16");
        }
    }

    /** Reads {@code A.B.0.0/16}. */
    public static NetworkPrefix parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "network prefix \"" + text + "\" is not of the form A.B.0.0/16, e.g. 10.200.0.0/16");
        }
        return new NetworkPrefix(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /** The slot with that number. */
    public Slot slot(int index) {
        return new Slot(this, index);
    }

    @Override
    public String toString() {
        return first + "." + second + ".0.0/16";
    }
}
