package dev.execlaw.microvm.network;

import java.io.IOException;

/** The host's network could not be changed or read. The message names what was tried, what the host said, and what to do. */
public final class NetworkException extends IOException {

    private static final long serialVersionUID = 1;

    public NetworkException(String message) {
        super(message);
    }

    public NetworkException(String message, Throwable cause) {
        super(message, cause);
    }
}
