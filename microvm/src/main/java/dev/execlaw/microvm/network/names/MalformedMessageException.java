package dev.execlaw.microvm.network.names;

import java.io.IOException;

/** Bytes are no DNS message, or not one that is expected. */
final class MalformedMessageException extends IOException {

    private static final long serialVersionUID = 1;

    MalformedMessageException(String message) {
        super(message);
    }
}
