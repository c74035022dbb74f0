package dev.execlaw.gateway;

import java.io.IOException;

/** A provider sent what cannot be read; to ask again would bring the same. */
final class BadAnswer extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * @param message what is wrong, as the end of a sentence about the provider's answer
     */
    BadAnswer(String message) {
        super(message);
    }
}
