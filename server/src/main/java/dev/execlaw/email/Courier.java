package dev.execlaw.email;

/** A way for letters to leave. Any thread may use it. */
sealed interface Courier permits SmtpCourier, ExeDevCourier {

    /** Hands a letter over, within a deadline of its own. */
    void deliver(Letter letter) throws DeliveryException;
}
