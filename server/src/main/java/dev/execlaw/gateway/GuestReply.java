package dev.execlaw.gateway;

import java.io.IOException;

/**
 * What a guest gets back for one call. Writes block while the guest does not read; a guest that is gone makes them throw.
 * Lives on the thread of its call.
 */
sealed interface GuestReply permits StreamedReply, WholeReply, GaugedReply {

    /** Takes the data of one event of the provider. */
    void event(byte[] data, boolean hold);

    /** Sends what may go. Returns whether there was anything. */
    boolean flush() throws IOException;

    /** Shows the guest that its call is alive. */
    void keepAlive() throws IOException;

    /** Whether the guest got anything of it. */
    boolean begun();

    /** Ends with the provider's own answer. */
    void finish(AnswerFold answer) throws IOException;

    /** Ends as if the model had said this, in place of all that is held back. */
    void finishWith(String text) throws IOException;
}
