package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.TrafficListener;
import dev.execlaw.problem.Problem;
import java.util.function.Consumer;

/** What the gateway sees of one run's model traffic, handed on as mail. */
record Traffic(int run, Outputs outputs, Consumer<Mail> mail) implements TrafficListener {

    @Override
    public void callStarted(String message) {
        mail.accept(new Mail.CallStarted(run));
    }

    @Override
    public void event(EventPayload payload) {
        mail.accept(new Mail.Traffic(run, payload));
    }

    @Override
    public void keep(String call, String output) {
        outputs.keep(call, output);
    }

    @Override
    public void callFinished(boolean last) {
        mail.accept(new Mail.CallFinished(run, last));
    }

    @Override
    public void callFailed(Problem problem) {
        mail.accept(new Mail.CallFailed(run, problem));
    }
}
