package dev.execlaw.microvm.wake;

import java.io.IOException;
import java.io.Serial;

/** A guest did not wake as it was told. */
public sealed class WakeException extends IOException permits UnknownOrderException {

    @Serial
    private static final long serialVersionUID = 1;

    public WakeException(String message) {
        super(message);
    }

    public WakeException(String message, Throwable cause) {
        super(message, cause);
    }
}
