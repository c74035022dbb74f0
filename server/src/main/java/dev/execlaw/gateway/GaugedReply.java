package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload.BudgetReached;
import java.io.IOException;
import java.util.function.Consumer;

/** A reply that is measured while it comes. Lives on the thread of its call. */
final class GaugedReply implements GuestReply {

    /** Tokens between two looks. */
    private static final long STEP = 16;

    private final GuestReply reply;
    private final AnswerFold fold;
    private final Meter.Running running;
    private final Consumer<BudgetReached> tooMuch;
    private long looked;

    /**
     * @param tooMuch told once, when the answer must end
     */
    GaugedReply(GuestReply reply, AnswerFold fold, Meter.Running running, Consumer<BudgetReached> tooMuch) {
        this.reply = reply;
        this.fold = fold;
        this.running = running;
        this.tooMuch = tooMuch;
    }

    @Override
    public void event(byte[] data, boolean hold) {
        reply.event(data, hold);
        long tokens = Tokens.of(fold.size());
        if (tokens >= looked + STEP) {
            looked = tokens;
            running.grown(tokens).ifPresent(why -> {
                looked = Long.MAX_VALUE - STEP;
                tooMuch.accept(why);
            });
        }
    }

    @Override
    public boolean flush() throws IOException {
        return reply.flush();
    }

    @Override
    public void keepAlive() throws IOException {
        reply.keepAlive();
    }

    @Override
    public boolean begun() {
        return reply.begun();
    }

    @Override
    public void finish(AnswerFold answer) throws IOException {
        reply.finish(answer);
    }

    @Override
    public void finishWith(String text) throws IOException {
        reply.finishWith(text);
    }
}
