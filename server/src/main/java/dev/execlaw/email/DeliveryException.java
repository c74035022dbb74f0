package dev.execlaw.email;

/** A letter could not be handed over; the message says why, and holds no password. */
final class DeliveryException extends Exception {

    private static final long serialVersionUID = 1L;

    DeliveryException(String message) {
        super(message);
    }

    DeliveryException(String message, Throwable cause) {
        super(message, cause);
    }
}
