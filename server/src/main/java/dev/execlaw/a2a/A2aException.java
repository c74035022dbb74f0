package dev.execlaw.a2a;

import java.io.IOException;

/** The agent answered with an error; the message says which. */
public final class A2aException extends IOException {

    private static final long serialVersionUID = 1;

    private final int code;

    A2aException(String method, int code, String message) {
        super("the agent answered " + method + " with error " + code + ": " + message);
        this.code = code;
    }

    int code() {
        return code;
    }
}
