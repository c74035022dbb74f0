package dev.execlaw.http;

import java.io.IOException;

/** The server could not listen. The message is one line that says where, why, and what to do. */
public final class ListenException extends IOException {

    private static final long serialVersionUID = 1L;

    ListenException(String message, Throwable cause) {
        super(message, cause);
    }
}
