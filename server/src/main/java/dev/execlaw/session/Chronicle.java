package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.GuestHostKey;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.Problem;
import dev.execlaw.store.MessageRow;
import dev.execlaw.store.SessionRow;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A session's state and its telling: every change is stored, appended to the log and shown in the view. Belongs to the
 * supervisor's thread, but for {@link #view}.
 */
final class Chronicle {

    private final String id;
    private final SessionParts parts;
    private final Instant createdAt;
    private final List<SessionView.Step> boot = new ArrayList<>();
    private final MessageQueue queue;
    private SessionSettings settings;
    private SessionState state;
    private Instant lastActivity;
    private @Nullable Place place;
    private @Nullable ProcessIdentity vmm;
    private SavedStatus.@Nullable WayIn wayIn;
    private List<Range> undone;
    private long turnEnd;
    private long stepBegan = System.nanoTime();

    // Read by any thread; replaced whole by the supervisor's.
    private volatile SessionView view;
    private volatile boolean asleep;

    Chronicle(
            SessionParts parts,
            SessionRow row,
            SessionSettings settings,
            SavedStatus saved,
            SessionState state,
            @Nullable Place place) {
        this.id = row.id();
        this.parts = parts;
        this.createdAt = Instant.ofEpochMilli(row.createdAt());
        this.settings = settings;
        this.state = state;
        this.asleep = sleeps(state);
        this.lastActivity = saved.lastActivityAt();
        this.boot.addAll(saved.boot());
        this.place = place;
        this.vmm = saved.vmm();
        this.wayIn = saved.wayIn();
        this.undone = saved.undone();
        this.queue = new MessageQueue(parts.messages(), id);
        this.view = makeView();
    }

    String id() {
        return id;
    }

    SessionSettings settings() {
        return settings;
    }

    SessionState state() {
        return state;
    }

    MessageQueue queue() {
        return queue;
    }

    Optional<Place> place() {
        return Optional.ofNullable(place);
    }

    Optional<ProcessIdentity> vmm() {
        return Optional.ofNullable(vmm);
    }

    Instant lastActivity() {
        return lastActivity;
    }

    /** Whether the machine is on disk, or on the way there or back. Any thread. */
    boolean asleep() {
        return asleep;
    }

    /** The session as users see it. Any thread. */
    SessionView view() {
        return view;
    }

    /** Goes on to another state, stores it and tells. */
    void become(SessionState next) {
        if (!Transitions.allowed(state, next)) {
            throw new IllegalStateException("session " + id + ": " + next + " cannot follow " + state);
        }
        state = next;
        asleep = sleeps(next);
        store();
        tell();
    }

    private static boolean sleeps(SessionState state) {
        return state instanceof SessionState.Pausing
                || state instanceof SessionState.Paused
                || state instanceof SessionState.Waking;
    }

    /** A new run begins: the steps of the last one are forgotten. */
    void beginRun() {
        boot.clear();
        stepBegan = System.nanoTime();
    }

    /** A step that measured itself is done; the next one begins now. */
    void step(String step, long ms, String detail) {
        boot.add(new SessionView.Step(step, ms, detail));
        stepBegan = System.nanoTime();
        view = makeView();
        event(new EventPayload.BootStep(step, ms, detail));
    }

    /** A step is done that took the time since the last one. */
    void step(String step, String detail) {
        step(step, Duration.ofNanos(System.nanoTime() - stepBegan).toMillis(), detail);
    }

    boolean hasStep(String step) {
        return boot.stream().anyMatch(done -> done.step().equals(step));
    }

    /** What the machine runs on; null for the process once it is gone. */
    void place(Place newPlace, @Nullable ProcessIdentity newVmm) {
        place = newPlace;
        vmm = newVmm;
        store();
    }

    /** The guest's host key, once it has told it. */
    Optional<String> hostKey() {
        return Optional.ofNullable(wayIn).map(SavedStatus.WayIn::hostKey);
    }

    /** The guest has told its host key: no other is believed from here on. */
    void hostKey(String line) {
        SavedStatus.WayIn known = wayIn;
        if (known != null) {
            wayIn = new SavedStatus.WayIn(known.sealedKey(), line, null);
            store();
        }
    }

    /** The guest gets a host key that was made for it. */
    void ownHostKey(GuestHostKey key) {
        SavedStatus.WayIn known = wayIn;
        if (known != null) {
            wayIn = new SavedStatus.WayIn(
                    known.sealedKey(), key.line(), parts.secrets().seal(id + "/host-key", key.text()));
            store();
        }
    }

    /** The host key that was made for the guest, where one was. */
    Optional<GuestHostKey> ownHostKey() {
        String sealed = wayIn == null ? null : wayIn.sealedHostKey();
        if (sealed == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(GuestHostKey.parse(parts.secrets().unseal(id + "/host-key", sealed)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the host key of session " + id + " cannot be decrypted", e);
        }
    }

    /** The session is deleted: from here on nothing is stored or told. */
    void vanish() {
        state = new SessionState.Deleted();
    }

    void machineGone() {
        vmm = null;
    }

    void rename(String name) {
        settings = settings.named(name);
        parts.sessions().settings(id, Saved.encode(settings));
        tell();
    }

    void network(NetworkPolicy policy) {
        settings = settings.reaching(policy);
        parts.sessions().settings(id, Saved.encode(settings));
        event(new EventPayload.NetworkChanged(policy.policy(), policy.allow()));
        tell();
    }

    /** Work was seen. */
    void active() {
        lastActivity = parts.clock().instant();
        parts.host().activity().touch(id);
    }

    /** Ranges of the log that rewinds have undone. */
    List<Range> undone() {
        return undone;
    }

    void undone(List<Range> ranges) {
        undone = List.copyOf(ranges);
        store();
    }

    /** Number of the last event in the log. */
    long lastSeq() {
        return parts.log().last(id);
    }

    /** Number of the event that ended the last turn; that of the last event where none was seen. */
    long turnEnd() {
        return turnEnd == 0 ? lastSeq() : turnEnd;
    }

    /** A turn is over; durable when this returns. */
    void turnFinished(EventPayload.TurnFinished end) {
        turnEnd = parts.log().append(id, end).seq();
    }

    /** Appends to the log, in order, without waiting. */
    void event(EventPayload payload) {
        parts.log().appendLater(id, payload);
    }

    /** Appends to the log and waits until it is durable. */
    void eventNow(EventPayload payload) {
        parts.log().append(id, payload);
    }

    /** Shows the session as it is now, in the view and in the log. */
    void tell() {
        SessionView next = makeView();
        if (!next.equals(view)) {
            view = next;
            event(new EventPayload.SessionChanged(next));
        }
    }

    /** The first telling of a new session. */
    void tellFirst() {
        eventNow(new EventPayload.SessionChanged(view));
    }

    private void store() {
        parts.sessions().statusLater(id, Saved.encode(saved()));
    }

    private SavedStatus saved() {
        boolean deleting = state instanceof SessionState.Stopping(SessionState.Goal.Delete _);
        Place now = place;
        return new SavedStatus(
                SavedStatus.of(state),
                state.problem().orElse(null),
                deleting,
                lastActivity,
                boot,
                now == null
                        ? null
                        : new SavedStatus.Disk(
                                now.disk().path().toString(), now.disk().format(), now.cloneMethod()),
                now == null ? -1 : now.slot().index(),
                now == null ? null : now.slot().prefix().toString(),
                now == null ? null : now.mode().json(),
                now == null ? null : parts.secrets().seal(id + "/token", now.token()),
                wayIn,
                vmm,
                memory(now),
                wakesFrom(),
                undone);
    }

    private static SavedStatus.@Nullable Memory memory(@Nullable Place now) {
        if (now == null || now.memory() == null) {
            return null;
        }
        Path changes = now.memory().changes();
        return new SavedStatus.Memory(now.memory().template().toString(), changes == null ? null : changes.toString());
    }

    private @Nullable Long wakesFrom() {
        return switch (state) {
            case SessionState.Paused(long from, Problem _) -> from;
            case SessionState.Waking(long from, String _) -> from;
            case SessionState.Stopping(SessionState.Goal.Sleep(long from, Problem _)) -> from;
            default -> null;
        };
    }

    private SessionView makeView() {
        List<SessionView.Queued> waiting = queue.rows().stream()
                .map((MessageRow row) -> new SessionView.Queued(row.id(), row.text()))
                .toList();
        Problem problem = state.problem().orElse(null);
        Place now = place;
        NetworkView network = NetworkView.of(
                now == null ? parts.host().network().mode() : now.mode(),
                now == null ? null : now.slot(),
                settings.network());
        return new SessionView(
                id,
                settings.name(),
                state.machine(),
                state.agent(),
                settings.provider(),
                settings.model(),
                settings.agent(),
                parts.versions().of(settings.image()).orElse(null),
                parts.driver().name(),
                network.isolation(),
                settings.vcpus(),
                settings.memoryMiB(),
                network,
                createdAt,
                lastActivity,
                boot,
                waiting,
                problem,
                settings.origin(),
                undone);
    }

    @Override
    public String toString() {
        return "session " + id + " (" + Objects.requireNonNull(state) + ")";
    }
}
