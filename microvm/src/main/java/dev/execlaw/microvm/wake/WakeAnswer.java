package dev.execlaw.microvm.wake;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What comes from a wake-up port until our answer is in it. A guest may say anything, of any length: what is not the
 * answer is passed over, and too much of it is refused.
 */
final class WakeAnswer {

    private static final int LIMIT = 64 * 1024;
    private static final int LINE_LIMIT = 1024;
    private static final int SHOWN = 200;
    private static final Pattern OUTCOME =
            Pattern.compile("ok (\\d{1,12}(?:\\.\\d{1,6})?)(?: (\\d{1,9}))?|error (.{1,600})");

    private final String beginning;
    private final StringBuilder line = new StringBuilder();
    private final StringBuilder seen = new StringBuilder();
    private int count;
    private boolean complete;
    private @Nullable String error;
    private Duration took = Duration.ZERO;
    private int done;

    WakeAnswer(String nonce) {
        beginning = "execlaw-woke/1 " + nonce + " ";
    }

    void add(ByteBuffer bytes) throws WakeException {
        while (bytes.hasRemaining() && !complete) {
            byte b = bytes.get();
            if (++count > LIMIT) {
                throw new WakeException("the guest wrote more than " + LIMIT + " bytes that are no answer");
            }
            char c = b >= ' ' && b < 0x7f ? (char) b : '?';
            if (seen.length() < SHOWN) {
                seen.append(b == '\n' ? ' ' : c);
            }
            if (b == '\n') {
                endOfLine();
            } else if (line.length() <= LINE_LIMIT) {
                line.append(c);
            }
        }
    }

    private void endOfLine() throws WakeException {
        String text = line.toString();
        line.setLength(0);
        if (!text.startsWith(beginning)) {
            return; // answer to a message that another process of ours did not wait for, or anything else
        }
        Matcher outcome = OUTCOME.matcher(text.substring(beginning.length()));
        if (!outcome.matches()) {
            throw new WakeException("the guest's answer is neither ok nor error");
        }
        complete = true;
        error = outcome.group(3);
        done = outcome.group(2) == null ? 0 : Integer.parseInt(outcome.group(2));
        String millis = outcome.group(1);
        took = millis == null ? Duration.ZERO : Duration.ofNanos(Math.round(Double.parseDouble(millis) * 1_000_000));
    }

    boolean complete() {
        return complete;
    }

    /** What the guest could not do; null where it did all. */
    @Nullable
    String error() {
        return error;
    }

    /** How long the guest says that it took, from the end of the message to the beginning of its answer. */
    Duration took() {
        return took;
    }

    /** What it counted, where the order is one that counts. */
    int done() {
        return done;
    }

    /** The beginning of what came, to be put behind an error's text. */
    String soFar() {
        return seen.isEmpty()
                ? "; nothing came"
                : "; what came is \"" + seen.toString().strip() + "\"";
    }
}
