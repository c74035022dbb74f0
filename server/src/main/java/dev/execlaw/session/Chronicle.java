package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.GuestHostKey;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.Problem;
import dev.execlaw.store.Change;
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
    private final Spending spending;
    private final OwnKey ownKey;
    private SessionState state;
    private Instant lastActivity;
    private @Nullable Place place;
    private @Nullable ProcessIdentity vmm;
    private SavedStatus.@Nullable WayIn wayIn;
    private List<Range> undone;
    private EventPayload.@Nullable BudgetReached reached;
    private long turnEnd;
    private long stepBegan = System.nanoTime();

    // Read by any thread; replaced whole by the supervisor's.
    private volatile SessionSettings settings;
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
        this.ownKey = new OwnKey(parts.secrets(), id, row.apiKey());
        this.spending = new Spending(
                id,
                settings.steering().policy(),
                parts.spend(),
                parts.models(),
                parts.clock(),
                System::nanoTime,
                parts.timings().minute());
        this.view = makeView();
    }

    String id() {
        return id;
    }

    /** What was asked for, as it was last changed. Any thread. */
    SessionSettings settings() {
        return settings;
    }

    /** The key that it was given. Any thread. */
    OwnKey ownKey() {
        return ownKey;
    }

    /** What it spends. Any thread. */
    Spending spending() {
        return spending;
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

    /** The guest or its agent has come so far, for the first time in this start; else it is no step. */
    void bootStep(String step, String detail) {
        boolean starts = state instanceof SessionState.Creating
                || state instanceof SessionState.Booting
                || state instanceof SessionState.Waking;
        if (starts && !hasStep(step)) {
            step(step, detail);
        }
    }

    /** The agent waits: the last steps of a start. */
    void agentReady(String agent) {
        bootStep("agent", agent);
        bootStep("model", settings.provider() + "/" + settings.model());
        bootStep("ready", "");
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

    /** The running machine writes to another layer of its disk from now on. */
    void writesTo(MachineSpec.Disk disk) {
        place(Objects.requireNonNull(place, "a running machine's place").on(disk), vmm);
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
        change(settings.reaching(policy), new EventPayload.NetworkChanged(policy.policy(), policy.allow()));
    }

    /** Other budgets and caps hold from now on. */
    void govern(SessionPolicy policy) {
        List<EventPayload> warnings = spending.policy(policy);
        reached = null;
        change(settings.steered(settings.steering().under(policy)), new EventPayload.PolicyChanged(policy));
        warnings.forEach(this::event);
    }

    /** Another model is asked from the next call on, with another key where one is given. */
    void ask(Models.Choice choice, Optional<String> apiKey) {
        SessionSettings next = settings.asking(choice.provider(), choice.model());
        if (apiKey.isPresent()) {
            String sealed = OwnKey.seal(parts.secrets(), id, apiKey.get());
            next = next.steered(next.steering().keyFor(choice.provider()));
            parts.sessions().key(id, sealed);
            ownKey.replace(sealed);
        }
        change(next, new EventPayload.ModelChanged(choice.provider(), choice.model()));
    }

    /** Keeps other settings, durably, and tells of them. */
    void change(SessionSettings next, EventPayload what) {
        parts.sessions().settings(id, Saved.encode(next));
        settings = next;
        eventNow(what);
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

    /** Number of the last event in the log. */
    long lastSeq() {
        return parts.log().last(id);
    }

    /** Number of the event that ended the last turn; that of the last event where none was seen. */
    long turnEnd() {
        return turnEnd == 0 ? lastSeq() : turnEnd;
    }

    /** The user wrote a message: it is kept, and told. */
    MessageRow said(String text) {
        MessageRow message = queue.create(text);
        parts.log().append(id, new EventPayload.UserMessage(message.id(), text), queue.insertion(message));
        queue.added(message);
        return message;
    }

    /** The user takes back a message that waits. Returns whether it was there. */
    boolean takenBack(String message) {
        Optional<Change> removal = queue.remove(message);
        removal.ifPresent(change -> parts.log().append(id, new EventPayload.MessageRemoved(message), change));
        return removal.isPresent();
    }

    /** A message's turn begins; durable when this returns, so what is not told as begun was not given to the agent. */
    void turnStarted(String message) {
        spending.turnStarted();
        reached = null;
        parts.log().append(id, new EventPayload.TurnStarted(message), queue.started(message));
    }

    /** What the model's traffic came to. That a budget is used up is told once in a turn, however often the agent asks. */
    void traffic(EventPayload payload) {
        if (payload instanceof EventPayload.BudgetReached why) {
            EventPayload.BudgetReached before = reached;
            reached = why;
            if (before != null && before.budget().equals(why.budget())) {
                return;
            }
        }
        event(payload);
        if (payload instanceof EventPayload.Usage) {
            view = makeView();
        }
    }

    /** A turn is over; durable when this returns. */
    void turnFinished(String message, EventPayload.TurnFinished end) {
        spending.turnEnded().forEach(this::event);
        turnEnd = parts.log().append(id, end, queue.done(message)).seq();
    }

    /** Machine and conversation went back, which undoes ranges of the log; durable when this returns. */
    void rewound(EventPayload.Rewound event, List<Range> ranges) {
        undone = List.copyOf(ranges);
        parts.log().append(id, event, parts.sessions().status(id, Saved.encode(saved())));
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
                undone,
                settings.steering().policy(),
                spending.all(),
                spending.turn(),
                settings.keyMode(),
                settings.agentChannel());
    }

    @Override
    public String toString() {
        return "session " + id + " (" + Objects.requireNonNull(state) + ")";
    }
}
