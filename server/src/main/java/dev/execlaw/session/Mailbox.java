package dev.execlaw.session;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is sent to a supervisor, and the one virtual thread that hands it over. Any thread may send; the reader is called
 * by the mailbox's thread alone. Every question gets an answer, also when it comes after the end.
 */
final class Mailbox {

    private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

    /** Who reads. */
    interface Reader {

        /** Mail came. */
        void receive(Mail mail);

        /** When {@link #due} is to be called, as {@link System#nanoTime}; asked before every wait. */
        long nextDeadline();

        /** The deadline has come. */
        void due();

        /** The session as it is now, the answer to who asks for an end that has come already. */
        SessionView view();
    }

    private final Reader reader;
    private final BlockingQueue<Mail> mail = new LinkedBlockingQueue<>();

    // Why nothing is read any more; senders look at it after they have put mail into the box.
    private volatile @Nullable Problem closed;

    Mailbox(Reader reader) {
        this.reader = reader;
    }

    /** Starts the thread with a first task on it. */
    void open(String thread, Runnable first) {
        Thread.ofVirtual().name(thread).start(() -> {
            guarded(first);
            loop();
        });
    }

    /** Puts mail into the box. Any thread. */
    void send(Mail item) {
        mail.add(item);
        refuseIfClosed();
    }

    /** Nothing is read any more; questions are answered with this. Called by the reader. */
    void close(Problem why) {
        closed = why;
    }

    private void loop() {
        try {
            while (closed == null) {
                long wait = reader.nextDeadline() - System.nanoTime();
                Mail next = wait <= 0 ? mail.poll() : mail.poll(wait, TimeUnit.NANOSECONDS);
                if (next == null) {
                    guarded(reader::due);
                } else {
                    guarded(() -> reader.receive(next));
                }
            }
            refuseIfClosed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.error("{} was interrupted; it serves no more", reader, e);
        }
    }

    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            LOG.error("{}: unexpected failure", reader, e);
        }
    }

    /** Answers what nobody will read any more. Sender and loop both call it, so no question stays without an answer. */
    private void refuseIfClosed() {
        Problem why = closed;
        if (why == null) {
            return;
        }
        for (Mail item = mail.poll(); item != null; item = mail.poll()) {
            switch (item) {
                case Mail.Shutdown(boolean _, var reply) -> reply.complete(reader.view());
                case Mail.Delete(var reply) when why.code() == ErrorCode.SESSION_GONE -> reply.complete(reader.view());
                case Mail.Ask<?> ask ->
                    ask.reply().completeExceptionally(new ProblemException(why.code(), why.detail(), why.next()));
                case Mail.Fact _, Mail.Drop _ -> {}
            }
        }
    }
}
