package dev.execlaw.session;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The agent's status, never mixed with the machine's. In JSON in lower case. */
public enum AgentStatus {
    STARTING,
    IDLE,
    WORKING,
    WAITING,
    FAILED;

    @JsonValue
    public String json() {
        return name().toLowerCase(Locale.ROOT);
    }
}
