package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.agent.AgentChannel;
import dev.execlaw.exec.GuestHostKey;
import dev.execlaw.exec.GuestKey;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.SessionRow;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Makes new sessions: with a machine from the pool, or one that they start themselves. Any thread may use it. */
final class Creation {

    private final SessionParts parts;
    private final Draft draft;
    private final Pool pool;
    private final Supplier<String> ids;
    private final Map<String, Supervisor> supervisors;

    /**
     * For these sessions.
     *
     * @param ids makes session ids
     * @param supervisors of all sessions; new ones are added, and removed when they are deleted
     */
    Creation(SessionParts parts, Draft draft, Pool pool, Supplier<String> ids, Map<String, Supervisor> supervisors) {
        this.parts = parts;
        this.draft = draft;
        this.pool = pool;
        this.ids = ids;
        this.supervisors = supervisors;
    }

    /** Accepts a session and begins its start. */
    SessionView create(CreateSession request) {
        Image image = parts.images()
                .current()
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.IMAGE_MISSING, "there is no image to start from", "build one: execlaw image build"));
        SessionSettings settings = draft.settings(request, image);
        DirectKey.check(
                settings,
                parts.models().providers().require(settings.provider(), settings.model()),
                parts.defaults().directKeys(),
                parts.host().network().mode());
        Channels.check(settings, parts.versions());
        AgentAdapter agent = parts.agents()
                .find(settings.agent(), image.agent(), settings.agentChannel())
                .orElseThrow();
        Origin origin = Starts.origin(parts, settings, image, agent);
        // The agents of the pool know their gateway already, and are at their consoles' prompts.
        boolean usual = settings.keyMode() == KeyMode.GATEWAY && settings.agentChannel() == AgentChannel.CONSOLE;
        Optional<Origin.Pool> pooled = usual ? pool.claim(settings, origin) : Optional.empty();
        if (pooled.isPresent()) {
            return begin(pooled.get(), request, settings, agent);
        }
        String id = ids.get();
        // Refused here and now, with numbers; the launch takes this reservation over.
        parts.host().capacity().reserve(id, origin.demand(settings.memoryMiB()));
        try {
            return begin(id, request, settings, agent, Supervisor::start, GuestKey.generate(), Optional.empty());
        } catch (RuntimeException e) {
            parts.host().capacity().release(id);
            throw e;
        }
    }

    /** Begins a session whose machine is there already, or nearly so. */
    private SessionView begin(Origin.Pool origin, CreateSession request, SessionSettings settings, AgentAdapter agent) {
        Pooled machine = origin.machine();
        try {
            return begin(
                    machine.id(),
                    request,
                    settings,
                    agent,
                    supervisor -> supervisor.launch(origin),
                    machine.guestKey(),
                    Optional.of(machine.hostKey()));
        } catch (RuntimeException e) {
            machine.discard();
            throw e;
        } finally {
            pool.forget(machine);
        }
    }

    private SessionView begin(
            String id,
            CreateSession request,
            SessionSettings settings,
            AgentAdapter agent,
            Consumer<Supervisor> first,
            GuestKey guestKey,
            Optional<GuestHostKey> hostKey) {
        Instant now = parts.clock().instant();
        SavedStatus.WayIn wayIn = new SavedStatus.WayIn(
                parts.secrets().seal(id + "/ssh", guestKey.text()),
                hostKey.map(GuestHostKey::line).orElse(null),
                hostKey.map(key -> parts.secrets().seal(id + "/host-key", key.text()))
                        .orElse(null));
        SavedStatus status = SavedStatus.fresh(now, wayIn, List.of());
        String given = request.apiKey();
        String key = given == null || given.isBlank() ? null : OwnKey.seal(parts.secrets(), id, given);
        SessionRow row = new SessionRow(id, now.toEpochMilli(), Saved.encode(settings), Saved.encode(status), key);
        parts.sessions().insert(row);
        Chronicle chronicle = new Chronicle(parts, row, settings, status, new SessionState.Creating(), null);
        Credentials credentials = new Credentials(parts, id, chronicle.ownKey(), guestKey);
        Supervisor supervisor = new Supervisor(parts, chronicle, agent, credentials, supervisors::remove);
        supervisors.put(id, supervisor);
        chronicle.tellFirst();
        if (settings.keyMode() == KeyMode.DIRECT) {
            chronicle.event(Notices.keyInside(settings.provider()));
        }
        supervisor.begin(first);
        return chronicle.view();
    }
}
