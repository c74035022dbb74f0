package dev.execlaw.gateway;

import dev.execlaw.gateway.GatewaySession.MessageText;

/** What a guest's request is for. */
sealed interface Purpose {

    /**
     * It belongs to the user's turn.
     *
     * @param message newest message of the user
     * @param note what the agent told itself just before, in one line; empty when it did not
     */
    record Turn(MessageText message, String note) implements Purpose {}

    /**
     * It is the agent's own affair.
     *
     * @param title what is asked, in one line
     * @param call id of the tool call that it serves; empty when none was recognised
     */
    record Side(SideKind kind, String title, String call) implements Purpose {}
}
