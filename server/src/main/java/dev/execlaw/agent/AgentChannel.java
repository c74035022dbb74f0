package dev.execlaw.agent;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How messages get to an agent that could take them in more than one way. In JSON in lower case. */
public enum AgentChannel {
    /** By its console. */
    CONSOLE,
    /** By its A2A endpoint, within the guest. */
    A2A;

    @JsonValue
    public String json() {
        return name().toLowerCase(Locale.ROOT);
    }
}
