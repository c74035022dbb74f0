package dev.execlaw.microvm.image;

import java.io.IOException;

/** An image could not be built, found or trusted. The message says what was seen and what to do next. */
public final class ImageException extends IOException {

    private static final long serialVersionUID = 1L;

    public ImageException(String message) {
        super(message);
    }

    public ImageException(String message, Throwable cause) {
        super(message, cause);
    }
}
