package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.agent.ConsoleSignal;
import dev.execlaw.exec.GuestHostKey;
import dev.execlaw.exec.GuestKey;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One machine that is made ahead, with its agent at its prompt, for a session that is not there yet: under the id, with the
 * slot and the secrets that this session will have. Its guest reaches nothing until then. Any thread may use it.
 */
final class Pooled {

    private static final int RUN = 0;

    private final SessionParts parts;
    private final String id;
    private final SessionSettings settings;
    private final Origin.Clone origin;
    private final GuestKey guestKey = GuestKey.generate();
    private final GuestHostKey hostKey = GuestHostKey.generate();
    private final String token = Credentials.newToken();
    private final CompletableFuture<Ready> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final CompletableFuture<Void> failed = new CompletableFuture<>();

    // Guarded by this.
    private @Nullable Work work;
    private @Nullable Machine machine;
    private @Nullable Place place;
    private @Nullable Thread watch;
    private boolean ending;

    /**
     * A machine that is not begun.
     *
     * @param settings of the sessions it is for, see {@link #kind}
     */
    Pooled(SessionParts parts, String id, SessionSettings settings, Origin.Clone origin) {
        this.parts = parts;
        this.id = id;
        this.settings = settings;
        this.origin = origin;
    }

    /** A machine whose agent waits. */
    record Ready(Machine machine, Place place, long consoleEnd) {}

    /** What two sessions must have in common to get the same machine from the pool; the rest is not told to the guest. */
    static SessionSettings kind(SessionSettings settings) {
        return new SessionSettings(
                "",
                "",
                settings.model(),
                settings.agent(),
                settings.image(),
                settings.agentInside(),
                settings.vcpus(),
                settings.memoryMiB(),
                settings.systemPrompt(),
                settings.temperature(),
                settings.maxTokens(),
                null,
                NetworkPolicy.NONE,
                null,
                null,
                null);
    }

    String id() {
        return id;
    }

    String token() {
        return token;
    }

    GuestKey guestKey() {
        return guestKey;
    }

    GuestHostKey hostKey() {
        return hostKey;
    }

    /** Whether it is alive, and a session of this kind could have it, cloned from the same template. */
    boolean fits(SessionSettings kind, Origin.Clone from) {
        return !failed.isDone() && settings.equals(kind) && origin.equals(from);
    }

    /** Whether its agent waits. */
    boolean waits() {
        return ready.isDone() && !ready.isCompletedExceptionally();
    }

    /** Completes when its agent waits, exceptionally when it does not come to that. */
    CompletableFuture<Ready> ready() {
        return ready;
    }

    /** Completes, never exceptionally, when it can be no session's any more: it did not come up, or ended. */
    CompletableFuture<Void> failed() {
        return failed;
    }

    /** Completes when nothing of a discarded one is left on the host, exceptionally when something is. */
    CompletableFuture<Void> gone() {
        return gone;
    }

    /** Begins to make it; its memory is reserved already. */
    synchronized void begin(AgentAdapter agent) {
        Credentials credentials = new Credentials(parts, id, new OwnKey(parts.secrets(), id, null), guestKey);
        Belongings belongings =
                new Belongings(id, settings, agent, Optional.empty(), credentials.guestFiles(), Optional.of(hostKey));
        Launch.Plan plan = new Launch.Plan(id, settings, origin, token, Optional.empty(), belongings, Optional.empty());
        ready.orTimeout(parts.timings().agent().toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(failure -> {
                    failed.complete(null);
                    throw new IllegalStateException("the machine " + id + " of the pool did not come up", failure);
                });
        work = Work.start(new Launch(parts, plan, RUN, this::hear), "pool-" + id, this::hear);
    }

    private synchronized void hear(Mail mail) {
        switch (mail) {
            case Mail.Launched launched -> {
                machine = launched.machine();
                place = launched.place();
                launched.machine().exited().whenComplete((exit, _) -> hear(new Mail.Exited(RUN, exit)));
                watch = Watch.released(launched.machine().console(), launched.consoleFrom(), false, RUN, this::hear);
            }
            case Mail.Console(int _, ConsoleSignal.Banner(Optional<String> version)) ->
                version.ifPresent(told -> parts.versions().told(settings.image(), told));
            case Mail.Console(int _, ConsoleSignal.AgentPrompt _) -> {
                unwatch();
                Machine made = machine;
                Place where = place;
                if (made != null && where != null) {
                    ready.complete(new Ready(made, where, made.console().end()));
                }
            }
            case Mail.LaunchFailed(int _, Problem problem) -> fail(problem.detail());
            case Mail.Exited exited -> fail("it ended: " + exited.exit());
            case Mail.Ended(int _, Optional<Problem> problem) ->
                problem.ifPresentOrElse(
                        left -> gone.completeExceptionally(
                                new ProblemException(left.code(), left.detail(), left.next())),
                        () -> gone.complete(null));
            default -> {} // its steps are nobody's
        }
    }

    private void fail(String why) {
        ready.completeExceptionally(new IllegalStateException("the machine " + id + " of the pool: " + why));
        failed.complete(null);
    }

    private void unwatch() {
        if (watch != null) {
            watch.interrupt();
            watch = null;
        }
    }

    /** What is under way in it or runs, for the ending of the session that it was given to. */
    synchronized Optional<Machine> machine() {
        return Optional.ofNullable(machine).or(() -> Optional.ofNullable(work).flatMap(Work::machine));
    }

    /** Ends it and removes all of it; {@link #gone} tells when. */
    synchronized void discard() {
        if (ending) {
            return;
        }
        ending = true;
        unwatch();
        fail("it was given up");
        new Ending(parts, id, Optional.ofNullable(work), Optional.ofNullable(machine), Optional.empty(), true)
                .begin(RUN, this::hear);
    }

    @Override
    public String toString() {
        return "Pooled[" + id + "]";
    }
}
