package dev.execlaw.microvm.qemu;

import java.io.IOException;
import java.net.ConnectException;

/** A QMP command failed, was not answered in time, or the connection broke. */
final class QmpException extends IOException {

    private static final long serialVersionUID = 1L;

    QmpException(String message) {
        super(message);
    }

    QmpException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whether nobody listens (yet). */
    boolean refused() {
        return getCause() instanceof ConnectException;
    }
}
