package dev.execlaw.key;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * What a provider said when it was asked with a key.
 *
 * @param detail in words, the key blotted out
 */
public record KeyTrial(String provider, Outcome outcome, String detail) {

    /** In JSON in lower case. */
    public enum Outcome {
        /** It takes the key. */
        OK,
        /** It does not. */
        REFUSED,
        /** It could not be asked, or its answer says nothing of the key. */
        UNKNOWN;

        @JsonValue
        public String json() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
