package dev.execlaw.microvm.template;

import java.io.IOException;
import java.io.Serial;

/** A template could not be built, found or trusted. The message says what was seen and what to do next. */
public final class TemplateException extends IOException {

    @Serial
    private static final long serialVersionUID = 1;

    public TemplateException(String message) {
        super(message);
    }

    public TemplateException(String message, Throwable cause) {
        super(message, cause);
    }
}
