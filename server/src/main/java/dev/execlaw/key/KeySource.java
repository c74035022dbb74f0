package dev.execlaw.key;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where the server has a provider's key from. In JSON in lower case. */
public enum KeySource {
    /** Entered by the user, kept sealed in the database. */
    STORED,
    /** The environment variable that the provider's {@code key_env} names. */
    ENVIRONMENT;

    @JsonValue
    public String json() {
        return name().toLowerCase(Locale.ROOT);
    }
}
