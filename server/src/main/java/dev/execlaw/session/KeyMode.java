package dev.execlaw.session;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where the provider's key of a session is. In JSON in lower case. */
public enum KeyMode {
    /** On the server alone: the gateway adds it to calls. */
    GATEWAY,
    /** In the guest too: its agent calls the provider itself, and the gateway sees none of it. */
    DIRECT;

    @JsonValue
    public String json() {
        return name().toLowerCase(Locale.ROOT);
    }
}
