package dev.execlaw.gateway;

import dev.execlaw.event.EventJson;
import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.Strands.Place;
import dev.execlaw.problem.Problem;
import java.util.function.Consumer;

/**
 * What one call tells its session's listener: all of the user's turn; of what is beside it the same as events of a side
 * call, and nothing that could begin, end or fail a turn. Lives on the thread of its call.
 */
final class Telling {

    private final OpenSession open;
    private final Place place;
    private boolean over;

    Telling(OpenSession open, Place place) {
        this.open = open;
        this.place = place;
    }

    /** The call begins. */
    void begins() {
        switch (place.purpose()) {
            case Purpose.Turn(GatewaySession.MessageText message, String note) -> {
                if (!note.isEmpty()) {
                    direct(new EventPayload.SideCall(place.call() + "-n", SideKind.FOLLOW_UP.json(), note, null));
                }
                open.tell(listener -> listener.callStarted(message.id()));
            }
            case Purpose.Side(SideKind kind, String title, String call) -> {
                if (place.strand().announce()) {
                    direct(new EventPayload.SideCall(
                            place.strand().id(), kind.json(), title, call.isEmpty() ? null : call));
                }
            }
        }
    }

    /** An event of the answer, or of the results before it. */
    void event(EventPayload payload) {
        direct(side() ? EventJson.within(place.strand().id(), payload) : payload);
    }

    /**
     * The answer is whole.
     *
     * @param last whether it asks for no tool
     */
    void finished(boolean last) {
        over(last ? "completed" : "", listener -> listener.callFinished(last));
    }

    /** The user ended it. */
    void stopped() {
        over("stopped", listener -> listener.callFinished(true));
    }

    void failed(Problem problem) {
        over("failed", listener -> listener.callFailed(problem));
    }

    /** The first end is told, no other. */
    private void over(String reason, Consumer<TrafficListener> end) {
        if (over) {
            return;
        }
        over = true;
        if (!side()) {
            open.tell(end);
        } else if (!reason.isEmpty()) {
            direct(new EventPayload.SideCallFinished(place.strand().id(), reason));
        }
    }

    private boolean side() {
        return place.purpose() instanceof Purpose.Side;
    }

    /** An event of the session as a whole: tokens and budgets count wherever they were used. */
    void direct(EventPayload payload) {
        open.tell(listener -> listener.event(payload));
    }
}
