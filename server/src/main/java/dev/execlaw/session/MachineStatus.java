package dev.execlaw.session;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The machine's status. In JSON in lower case. */
public enum MachineStatus {
    CREATING,
    BOOTING,
    RUNNING,
    PAUSED,
    STOPPING,
    STOPPED,
    FAILED;

    @JsonValue
    public String json() {
        return name().toLowerCase(Locale.ROOT);
    }
}
