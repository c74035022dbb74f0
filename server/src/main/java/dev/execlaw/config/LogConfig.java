package dev.execlaw.config;

/** Section {@code [log]}: the daemon's own log, on standard error. */
public record LogConfig(
        @Setting(meaning = "Least level that is logged: error, warn, info, debug or trace.", byDefault = "info")
        Level level,

        @Setting(meaning = "One JSON object for each line instead of text.", byDefault = "false")
        boolean json) {

    /** How much is logged. */
    public enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }
}
