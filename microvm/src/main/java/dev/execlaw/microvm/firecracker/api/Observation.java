package dev.execlaw.microvm.firecracker.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Firecracker writes about itself. Files are opened without being emptied: give fresh ones. */
public sealed interface Observation extends Command {

    /** Where and how much it logs. An update that names no level sets it to Info. */
    record Logger(
            @Nullable JailPath logPath,
            @Nullable Level level,
            @Nullable Boolean showLevel,
            @Nullable Boolean showLogOrigin,
            @Nullable String module)
            implements Observation {

        @Override
        public String path() {
            return "/logger";
        }
    }

    /** Where its figures go, a line of JSON a minute. Once only. */
    record Metrics(
            JailPath metricsPath,
            @Nullable Boolean emitId,
            @Nullable Map<String, String> properties) implements Observation {

        @Override
        public String path() {
            return "/metrics";
        }
    }

    /** How much is logged. */
    enum Level {
        @JsonProperty("Error")
        ERROR,
        @JsonProperty("Warning")
        WARNING,
        @JsonProperty("Info")
        INFO,
        @JsonProperty("Debug")
        DEBUG,
        @JsonProperty("Trace")
        TRACE,
        @JsonProperty("Off")
        OFF
    }
}
