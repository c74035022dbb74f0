package dev.execlaw.original;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.EventPayload;
import dev.execlaw.session.AgentStatus;
import dev.execlaw.session.Range;
import dev.execlaw.session.SessionView;
import dev.execlaw.session.Sessions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The stream of one session for one viewer: how it stands, what the viewer has not seen of its past, how it stands then,
 * and what happens from there on. Used by one thread.
 */
public final class SessionStream {

    private static final int PAGE = 256;

    private final EventLog log;
    private final Sessions sessions;
    private final InstantSource clock;
    private final String id;
    private final Fold fold;
    private final Frame.Place seen;
    private final Fold.Mode past;
    private final List<Range> undone;

    /** Where in the log of all sessions the live part goes on. */
    private long cursor;

    private long last;
    private boolean begun;
    private boolean live;

    /**
     * Begins.
     *
     * @param seen what the viewer has; empty for one who has nothing
     * @param ownInput see {@link Fold}
     */
    SessionStream(
            EventLog log,
            Sessions sessions,
            InstantSource clock,
            String id,
            Optional<Frame.Place> seen,
            Predicate<EventPayload.UserMessage> ownInput) {
        this.log = log;
        this.sessions = sessions;
        this.clock = clock;
        this.id = id;
        this.seen = seen.orElse(Frame.Place.BEGIN);
        this.past = seen.isPresent() ? Fold.Mode.MISSED : Fold.Mode.PAST;
        this.fold = new Fold(ownInput);
        this.undone = sessions.get(id).undone();
        this.cursor = log.head();
    }

    /** Whether nothing will come any more, since the session is gone. */
    public boolean ended() {
        return fold.deleted();
    }

    /** The next frames; none when nothing came within that time. */
    public List<Frame> next(Duration patience) throws InterruptedException {
        if (!begun) {
            begun = true;
            return List.of(new Frame(null, "status", States.status(sessions.get(id), clock.instant())));
        }
        return live ? present(patience) : past();
    }

    private List<Frame> past() {
        List<Event> page = log.page(id, last, PAGE);
        if (page.isEmpty()) {
            live = true;
            return standing();
        }
        List<Frame> frames = new ArrayList<>();
        for (Event event : page) {
            if (!Range.anyHas(undone, event.seq())) {
                fold.of(event, past).stream().filter(this::unseen).forEach(frames::add);
            }
        }
        last = page.getLast().seq();
        return frames;
    }

    private boolean unseen(Frame frame) {
        return frame.place() == null || frame.place().compareTo(seen) > 0;
    }

    /** How it stands after its past was told. */
    private List<Frame> standing() {
        if (fold.deleted()) {
            return List.of();
        }
        SessionView session = sessions.get(id);
        fold.told(session);
        List<Frame> frames = new ArrayList<>();
        frames.add(new Frame(null, "status", States.status(session, clock.instant())));
        frames.add(
                session.agentState() == AgentStatus.WORKING
                        ? new Frame(null, "agent_busy", new Shapes.Busy(true))
                        : new Frame(null, "agent_idle", new Shapes.Idle(true)));
        States.exit(session).ifPresent(exit -> frames.add(new Frame(null, "exit", exit)));
        return frames;
    }

    private List<Frame> present(Duration patience) throws InterruptedException {
        List<Event> batch = log.after(cursor, PAGE);
        if (batch.isEmpty()) {
            boolean _ = log.await(cursor, patience);
            batch = log.after(cursor, PAGE);
        }
        List<Frame> frames = new ArrayList<>();
        for (Event event : batch) {
            cursor = event.cursor();
            if (event.session().equals(id) && !fold.deleted()) {
                frames.addAll(present(event));
            }
        }
        return frames;
    }

    private List<Frame> present(Event event) {
        // What stands for a deleted session is numbered anew.
        boolean gone = event.payload() instanceof EventPayload.SessionDeleted;
        if (event.seq() <= last && !gone) {
            return List.of();
        }
        last = event.seq();
        List<Frame> frames = new ArrayList<>(fold.of(event, Fold.Mode.LIVE));
        if (event.payload() instanceof EventPayload.Failure) {
            // Pages take an error for the end and let nobody write until they are told otherwise.
            frames.add(new Frame(null, "status", States.status(sessions.get(id), clock.instant())));
        }
        return frames;
    }
}
