package dev.execlaw.gateway;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Blots a key out of what somebody says: the whole of it and every part long enough to be of use, in capitals or not.
 * Providers quote keys in their errors whole, cut short, or with stars in the middle.
 */
final class KeyBlot {

    private static final String BLOT = "***";

    /** As many characters in a row as stand in the key too are no coincidence. */
    private static final int PART = 8;

    /** Of longer texts nobody reads the rest; it bounds the search. */
    private static final int LONGEST_TEXT = 8 << 10;

    private KeyBlot() {}

    /** The text, at most its first 8192 characters, without the key. */
    static String out(String text, @Nullable String key) {
        String kept = text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text;
        if (key == null || key.isEmpty()) {
            return kept;
        }
        String said = kept.toLowerCase(Locale.ROOT);
        String secret = key.toLowerCase(Locale.ROOT);
        if (said.length() != kept.length()) {
            return BLOT; // a text in which lower case has another length; whoever writes so has no error to tell
        }
        int least = Math.min(PART, secret.length());
        StringBuilder clean = new StringBuilder();
        int at = 0;
        while (at < said.length()) {
            int length = common(said, at, secret, least);
            if (length == 0) {
                clean.append(kept.charAt(at++));
            } else {
                clean.append(BLOT);
                at += length;
            }
        }
        return clean.toString();
    }

    /** Length of the longest part of the key that begins here; 0 where none of the least length does. */
    private static int common(String said, int at, String secret, int least) {
        int longest = 0;
        if (at + least <= said.length()) {
            String first = said.substring(at, at + least);
            for (int from = secret.indexOf(first); from >= 0; from = secret.indexOf(first, from + 1)) {
                int length = least;
                while (at + length < said.length()
                        && from + length < secret.length()
                        && said.charAt(at + length) == secret.charAt(from + length)) {
                    length++;
                }
                longest = Math.max(longest, length);
            }
        }
        return longest;
    }
}
