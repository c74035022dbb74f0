package dev.execlaw.microvm.image.source;

import java.io.IOException;

/** A source does not give what it should, and trying again would not help. The message ends with the next step. */
public final class SourceException extends IOException {

    private static final long serialVersionUID = 1L;

    public SourceException(String message) {
        super(message);
    }

    public SourceException(String message, Throwable cause) {
        super(message, cause);
    }
}
