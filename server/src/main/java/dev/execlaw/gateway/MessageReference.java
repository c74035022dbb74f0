package dev.execlaw.gateway;

import java.security.SecureRandom;
import java.util.regex.Pattern;

/**
 * The short token that stands for a message on the console and in the agent's history. Letters only: agents redact
 * what looks like a number. The gateway puts the real text in its place in every model request.
 */
public final class MessageReference {

    /** Finds tokens in text. */
    public static final Pattern PATTERN = Pattern.compile("execlaw-message-[a-z]{16}");

    private static final SecureRandom RANDOM = new SecureRandom();

    private MessageReference() {}

    /** A new token, unguessable (16 letters, 75 bits). */
    public static String create() {
        StringBuilder token = new StringBuilder("execlaw-message-");
        for (int i = 0; i < 16; i++) {
            token.append((char) ('a' + RANDOM.nextInt(26)));
        }
        return token.toString();
    }
}
