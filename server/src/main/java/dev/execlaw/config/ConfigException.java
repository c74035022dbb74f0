package dev.execlaw.config;

/** The configuration cannot be used. The message says what is wrong and where; {@link #next} what to do. */
public final class ConfigException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String next;

    ConfigException(String what, String next) {
        super(what);
        this.next = next;
    }

    ConfigException(String what, String next, Throwable cause) {
        super(what, cause);
        this.next = next;
    }

    /** What to do about it, in one sentence. */
    public String next() {
        return next;
    }
}
