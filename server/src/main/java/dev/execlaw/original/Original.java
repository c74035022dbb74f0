package dev.execlaw.original;

import dev.execlaw.email.Emails;
import dev.execlaw.email.IdleEmails;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.EventPayload;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.CreateSession;
import dev.execlaw.session.SessionView;
import dev.execlaw.session.Sessions;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The operations that pages of the first ExeClaw use. What they return is their answer's body. Any thread may use it. */
public final class Original {

    private static final int LEAST_IDLE_MIN = 5;
    private static final int MOST_IDLE_MIN = 10_080;
    private static final int DEFAULT_IDLE_MIN = 4_320;

    private final Parts parts;
    private final OwnInputs inputs = new OwnInputs();

    /**
     * What they work with.
     *
     * @param facts asked at each call; must be quick
     */
    public record Parts(
            Sessions sessions,
            EventLog log,
            Emails emails,
            IdleEmails idleEmails,
            ModelLists models,
            ExeDev exeDev,
            Supplier<Facts> facts,
            InstantSource clock) {}

    /**
     * What is to be known of this server.
     *
     * @param kvm whether machines are run with KVM
     * @param freeMiB memory that machines could still get
     * @param machineMiB what a new machine is counted with
     */
    public record Facts(boolean kvm, long freeMiB, int machineMiB) {}

    public Original(Parts parts) {
        this.parts = parts;
    }

    public Object health() {
        return new Shapes.Health("ok", parts.facts().get().kvm(), living());
    }

    /** Memory and load of the host. */
    public Object system() {
        Facts facts = parts.facts().get();
        int more = (int) Math.max(0, facts.freeMiB() / facts.machineMiB());
        return HostReport.of(Path.of("/proc"), living(), living() + more);
    }

    private int living() {
        return (int) parts.sessions().list().stream()
                .filter(session -> States.exit(session).isEmpty())
                .count();
    }

    public Object platform() {
        return new Shapes.Platform(parts.exeDev().here());
    }

    /** Who asks, as far as a proxy that is trusted has told; empty where it has not. */
    public Object userInfo(@Nullable String email, @Nullable String userId) {
        return new Shapes.UserInfo(
                email == null ? "" : email,
                userId == null ? "" : userId,
                parts.exeDev().here());
    }

    public Object models(String provider) {
        List<ModelLists.Model> models = parts.models()
                .of(provider)
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.UNKNOWN_PROVIDER,
                        "unknown provider: " + provider,
                        "Configure it as [provider." + provider + "]."));
        return new Shapes.Models(models);
    }

    /** Accepts a session and begins its start. */
    public Object create(Bodies.NewSession body) {
        String provider = Bodies.required(body.provider(), "provider is required");
        String model = Bodies.required(body.model(), "model is required");
        String key = body.apiKey() == null || body.apiKey().isBlank() ? null : body.apiKey();
        SessionView session = parts.sessions()
                .create(new CreateSession(
                        body.name() == null || body.name().isBlank() ? "Session" : body.name(),
                        provider,
                        model,
                        null,
                        key,
                        null,
                        null,
                        body.systemPrompt(),
                        body.temperature(),
                        body.maxTokens() == null || body.maxTokens() <= 0 ? null : body.maxTokens(),
                        idleTimeout(body.idleTimeoutMin()),
                        null));
        if (Boolean.TRUE.equals(body.emailOnIdleKill()) && body.emailOnIdleKillTo() != null) {
            mailWhenIdle(session, body.emailOnIdleKillTo().strip());
        }
        return new Shapes.Created(session.id(), "created");
    }

    private static int idleTimeout(@Nullable Integer minutes) {
        return minutes == null || minutes <= 0 ? DEFAULT_IDLE_MIN : Math.clamp(minutes, LEAST_IDLE_MIN, MOST_IDLE_MIN);
    }

    /** Pages ask for it without being asked to: a session is not refused for an address that gets no mail. */
    private void mailWhenIdle(SessionView session, String to) {
        if (to.isEmpty()) {
            return;
        }
        if (parts.idleEmails().possible(to)) {
            parts.idleEmails().wanted(session.id(), to);
        } else {
            parts.log()
                    .appendLater(
                            session.id(),
                            new EventPayload.Notice("When this session is put to sleep, its transcript is not mailed:"
                                    + " the configuration does not allow mail to the address that was given."));
        }
    }

    public Object status(String id) {
        SessionView session = parts.sessions().get(id);
        Problem error = session.error();
        return new Shapes.SessionStatus(
                id,
                States.of(session),
                States.uptime(session, parts.clock().instant()),
                session.model(),
                error == null ? null : error.detail());
    }

    /**
     * The session's stream for a new viewer.
     *
     * @param seen what the viewer has; empty for one who has nothing
     */
    public SessionStream stream(String id, Optional<Frame.Place> seen) {
        return new SessionStream(
                parts.log(), parts.sessions(), parts.clock(), id, seen, message -> inputs.has(id, message));
    }

    /** Gives the agent a message. */
    public Object input(String id, Bodies.Input body) {
        String text = Bodies.required(body.message(), "message is required");
        inputs.send(id, text, all -> parts.sessions().post(id, all).messageId());
        return new Shapes.Ok(true);
    }

    /** Mails the transcript. */
    public Object email(String id, Bodies.Email body) {
        SessionView session = parts.sessions().get(id);
        String _ = parts.emails().send(session, Bodies.required(body.to(), "to email address is required"));
        return new Shapes.Ok(true);
    }

    /** Ends the machine and removes the session. */
    public Object delete(String id) {
        parts.sessions().delete(id);
        return new Shapes.Ok(true);
    }

    /** Makes a machine of exe.dev. */
    public Object newMachine(Bodies.NewMachine body) {
        return parts.exeDev().create(body);
    }
}
