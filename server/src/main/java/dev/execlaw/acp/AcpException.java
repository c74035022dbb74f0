package dev.execlaw.acp;

import java.io.IOException;

/** The agent answered with an error, or not by the protocol; the message says what it said. */
public final class AcpException extends IOException {

    private static final long serialVersionUID = 1;

    AcpException(String message) {
        super(message);
    }
}
