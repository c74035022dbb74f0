package dev.execlaw.microvm.wake;

import java.io.Serial;

/** A guest's program does not know what it was told: its image is older than this. */
public final class UnknownOrderException extends WakeException {

    @Serial
    private static final long serialVersionUID = 1;

    public UnknownOrderException(String message) {
        super(message);
    }
}
