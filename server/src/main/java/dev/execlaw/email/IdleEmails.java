package dev.execlaw.email;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.EventPayload;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.SessionView;
import dev.execlaw.session.Sessions;
import dev.execlaw.store.IdleEmailTable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mails the transcripts of sessions that sleep because they were idle, to whom their creators named or the configuration
 * does. Follows the log from its start on, on a virtual thread of its own, one letter after the other.
 */
public final class IdleEmails implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IdleEmails.class);
    private static final int BATCH = 256;
    private static final Duration LOOK_UP = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Emails emails;
    private final EventLog log;
    private final Sessions sessions;
    private final IdleEmailTable table;
    private final Thread thread;

    /** Set once, by whoever ends it. */
    private volatile boolean closed;

    /** Begins to follow the log where it ends now. */
    public IdleEmails(Emails emails, EventLog log, Sessions sessions, IdleEmailTable table) {
        this.emails = emails;
        this.log = log;
        this.sessions = sessions;
        this.table = table;
        long head = log.head();
        this.thread = Thread.ofVirtual().name("idle-emails").start(() -> follow(head));
    }

    /** Remembers who wants to be mailed; refuses an address that may not be. */
    public void wanted(String session, String address) {
        emails.require(address);
        table.put(session, address);
    }

    /** Whether the address could be given to {@link #wanted}. */
    public boolean possible(String address) {
        return emails.available() && emails.recipients().allow(address);
    }

    private void follow(long head) {
        long cursor = head;
        try {
            while (!closed) {
                List<Event> batch = log.after(cursor, BATCH);
                for (Event event : batch) {
                    take(event);
                }
                if (batch.isEmpty()) {
                    boolean _ = log.await(cursor, LOOK_UP);
                } else {
                    cursor = batch.getLast().cursor();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(Event event) {
        try {
            if (event.payload() instanceof EventPayload.SessionDeleted) {
                table.delete(event.session());
            } else if (event.payload() instanceof EventPayload.Paused paused
                    && paused.reason().startsWith(EventPayload.Paused.IDLE)) {
                mail(event.session());
            }
        } catch (RuntimeException e) {
            LOG.error("session {}: its transcript was not mailed", event.session(), e);
        }
    }

    private void mail(String session) {
        Optional<String> to = table.of(session)
                .or(() -> Optional.of(emails.onIdle()).filter(address -> emails.available() && !address.isEmpty()));
        if (to.isEmpty()) {
            return;
        }
        SessionView view = sessions.get(session);
        try {
            emails.sendIdle(view, to.get());
            log.appendLater(session, new EventPayload.Notice("The transcript was mailed to " + to.get() + "."));
        } catch (ProblemException e) {
            log.appendLater(
                    session,
                    new EventPayload.Notice("The transcript was not mailed to " + to.get() + ": "
                            + e.problem().detail()));
        }
    }

    /** Ends it; a letter on its way is broken off. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            if (!thread.join(PATIENCE)) {
                LOG.warn("a letter was still on its way after {} s and is left to itself", PATIENCE.toSeconds());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
