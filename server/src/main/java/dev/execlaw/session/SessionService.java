package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.Pressure;
import dev.execlaw.host.Resource;
import dev.execlaw.host.Victims;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.network.NetworkException;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.network.Traffic;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.CheckpointRow;
import dev.execlaw.store.SessionRow;
import dev.execlaw.store.SpendRow;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All sessions: finds the supervisor and hands over what was asked. */
public final class SessionService implements Sessions, Victims, AutoCloseable {

    private static final String ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
    private static final int ID_LENGTH = 12;
    private static final Duration SYNC = Duration.ofSeconds(20);
    private static final Logger LOG = LoggerFactory.getLogger(SessionService.class);

    private final SessionParts parts;
    private final SecureRandom random = new SecureRandom();
    private final Forking forking;
    private final Creation creation;
    private final Pool pool;
    private final Adjustments adjustments;
    private final Map<String, Supervisor> supervisors = new ConcurrentHashMap<>();

    // Set once, when the server begins to end; from then on nothing new is accepted.
    private volatile boolean closing;

    /**
     * No sessions yet.
     *
     * @param pool machines that are kept ready for new ones
     */
    public SessionService(SessionParts parts, int pool) {
        this.parts = parts;
        this.adjustments = new Adjustments(parts.models());
        this.pool = new Pool(parts, this::newId, pool);
        this.forking = new Forking(parts, this::newId);
        Draft draft = new Draft(parts.defaults(), parts.models(), new Names(random), parts.agents());
        this.creation = new Creation(parts, draft, this.pool, this::newId, supervisors);
    }

    /** Takes up the sessions of the last server. Their machines are adopted in the background. */
    public void open() {
        Revival revival = new Revival(parts, supervisors::remove);
        for (SessionRow row : parts.sessions().all()) {
            revival.revive(row, supervisor -> supervisors.put(row.id(), supervisor));
        }
        pool.open();
    }

    /** Whether there is a session with this id, or a machine that is kept ready for one. */
    public boolean exists(String id) {
        return pool.has(id) || supervisors.containsKey(id);
    }

    /** Ends the machines that are kept ready; the sessions are ended by {@link #shutDown}. */
    @Override
    public void close() {
        pool.close();
    }

    /** Tells how short the host is of memory or disk. Does not block. */
    public void pressure(Pressure.Level level) {
        pool.pressure(level);
    }

    @Override
    public SessionView create(CreateSession request) {
        if (closing) {
            throw new ProblemException(ErrorCode.SHUTTING_DOWN, "the server is shutting down", "try again later");
        }
        return creation.create(request);
    }

    private String newId() {
        StringBuilder id = new StringBuilder(ID_LENGTH);
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
        }
        return id.toString();
    }

    @Override
    public List<SessionView> list() {
        return supervisors.values().stream()
                .map(Supervisor::view)
                .sorted(Comparator.comparing(SessionView::createdAt)
                        .thenComparing(SessionView::id)
                        .reversed())
                .toList();
    }

    @Override
    public SessionView get(String id) {
        return supervisor(id).view();
    }

    @Override
    public void delete(String id) {
        SessionView _ = ask(id, Mail.Delete::new);
    }

    @Override
    public Posted post(String id, String text) {
        if (text.isBlank()) {
            throw new ProblemException(ErrorCode.INVALID_REQUEST, "the message is empty", "write something");
        }
        return ask(id, reply -> new Mail.Post(text, reply));
    }

    @Override
    public void removeQueued(String id, String message) {
        SessionView _ = ask(id, reply -> new Mail.RemoveQueued(message, reply));
    }

    @Override
    public SessionView stop(String id) {
        return ask(id, Mail.Stop::new);
    }

    @Override
    public SessionView start(String id) {
        return ask(id, Mail.Start::new);
    }

    @Override
    public SessionView answer(String id, String request, String option) {
        return ask(id, reply -> new Mail.Answer(request, option, reply));
    }

    @Override
    public SessionView interrupt(String id) {
        return ask(id, Mail.Interrupt::new);
    }

    @Override
    public Checkup doctor(String id) {
        wake(id, "it was looked at from inside");
        return ask(id, reply -> new Mail.Examine(false, reply));
    }

    @Override
    public SessionView pause(String id, boolean force) {
        return ask(id, reply -> new Mail.Pause(force, "somebody asked for it", reply));
    }

    @Override
    public SessionView resume(String id) {
        return ask(id, reply -> new Mail.Resume("somebody asked for it", reply));
    }

    /** Wakes a machine that sleeps, as something of it is wanted. */
    private void wake(String id, String why) {
        if (supervisor(id).asleep()) {
            SessionView _ = ask(id, reply -> new Mail.Resume(why, reply));
        }
    }

    @Override
    public List<CheckpointView> checkpoints(String id) {
        List<Range> undone = supervisor(id).view().undone();
        return parts.past().checkpoints().of(id).stream()
                .map(row -> Checkpoints.view(row, undone))
                .toList();
    }

    @Override
    public CheckpointView checkpoint(String id, @Nullable String name) {
        String checked = name == null || name.isBlank() ? null : Draft.name(name);
        wake(id, "a checkpoint was wanted");
        return ask(id, reply -> new Mail.Checkpoint(checked, reply));
    }

    @Override
    public SessionView rewind(String id, long seq) {
        return ask(id, reply -> new Mail.Rewind(seq, reply));
    }

    @Override
    public List<SessionView> fork(String id, ForkSession request) {
        int count = Forking.count(request);
        SessionRow source = parts.sessions().one(supervisor(id).view().id()).orElseThrow();
        SessionSettings settings = Saved.settings(source.settings());
        List<Models.Choice> choices = forking.choices(settings, request, count);
        try {
            List<String> ids = forking.prepare(settings, parts.host().capacity().heldMiB(id), count);
            try {
                List<CheckpointRow> points = ask(id, reply -> new Mail.Branch(request.seq(), ids, reply));
                List<SessionView> forks = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    SessionRow row = forking.write(source, settings, choices.get(i), points.get(i), i + 1);
                    forks.add(beginFork(row, points.get(i)));
                }
                return List.copyOf(forks);
            } catch (RuntimeException e) {
                forking.giveUp(ids.stream().filter(fork -> !exists(fork)).toList());
                throw e;
            }
        } catch (IOException e) {
            throw new ProblemException(
                    ErrorCode.INTERNAL, "the forks' directories cannot be made: " + e.getMessage(), "try again", e);
        }
    }

    private SessionView beginFork(SessionRow row, CheckpointRow from) {
        AtomicReference<Supervisor> known = new AtomicReference<>();
        new Revival(parts, supervisors::remove).fork(row, from, supervisor -> {
            known.set(supervisor);
            supervisors.put(row.id(), supervisor);
        });
        return known.get().view();
    }

    @Override
    public DiffView diff(String id, @Nullable Long from, @Nullable Long to) {
        SessionSettings settings = settings(id);
        Image image = parts.images()
                .byId(settings.image())
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.IMAGE_MISSING, "the image of session " + id + " is gone", "build it again"));
        long newer = to == null ? now(id) : to;
        Checkpoints checkpoints = new Checkpoints(parts, id);
        return new Changes(parts, id, image)
                .between(Optional.ofNullable(from).map(checkpoints::require), checkpoints.require(newer));
    }

    private SessionSettings settings(String id) {
        return Saved.settings(
                parts.sessions().one(supervisor(id).view().id()).orElseThrow().settings());
    }

    /** A checkpoint of a machine as it is now; its newest where it does not run. */
    private long now(String id) {
        if (supervisor(id).view().state() != MachineStatus.RUNNING) {
            return checkpoints(id).stream()
                    .mapToLong(CheckpointView::seq)
                    .max()
                    .orElseThrow(() -> new ProblemException(
                            ErrorCode.STATE_CONFLICT, "session " + id + " was never saved", "start it first"));
        }
        try {
            ExecResult _ = exec(id, ExecCommand.of("sync", SYNC, 4096), ExecOutput.NONE);
        } catch (ProblemException e) {
            LOG.info("the guest of session {} was not told to write out what it holds: {}", id, e.getMessage());
        }
        return checkpoint(id, null).seq();
    }

    @Override
    public ExecResult exec(String id, ExecCommand command, ExecOutput output) {
        wake(id, "a command was run in it");
        GuestShell shell = ask(id, Mail.Enter::new);
        try {
            return shell.run(command, output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProblemException(ErrorCode.SHUTTING_DOWN, "the request was interrupted", "try again", e);
        }
    }

    @Override
    public NetworkView network(String id) {
        NetworkView view = supervisor(id).view().network();
        for (Resource resource : parts.host().ledger().of(id)) {
            if (resource instanceof Resource.Tap(String _, Slot slot)) {
                return view.with(traffic(slot));
            }
        }
        return view;
    }

    @Override
    public String output(String id, String call) {
        return new OutputSearch(parts, session -> supervisors.containsKey(session) ? get(session) : null)
                .find(supervisor(id).view(), call);
    }

    private Traffic traffic(Slot slot) {
        try {
            return parts.host().network().traffic(slot);
        } catch (NetworkException e) {
            throw new ProblemException(
                    ErrorCode.INTERNAL,
                    "the counters of slot " + slot.index() + " cannot be read: " + e.getMessage(),
                    "try again; execlaw doctor looks at the network",
                    e);
        }
    }

    @Override
    public NetworkView restrict(String id, NetworkPolicy policy) {
        NetworkPolicy checked = policy.checked();
        NetworkView now = supervisor(id).view().network();
        if (now.mode().equals(HostNetwork.Mode.USER.json()) && !checked.equals(NetworkPolicy.NONE)) {
            throw new ProblemException(
                    ErrorCode.STATE_CONFLICT,
                    "this session's machine has a user-mode network, which reaches its gateway and nothing else",
                    "run the server as root with network.mode = \"tap\" to let machines reach more");
        }
        SessionView changed = ask(id, reply -> new Mail.Restrict(checked, reply));
        return changed.network();
    }

    @Override
    public SessionView rename(String id, String name) {
        return adjust(id, Adjustments.name(name));
    }

    @Override
    public SessionView govern(String id, SessionPolicy policy) {
        return adjust(id, adjustments.policy(policy));
    }

    @Override
    public SessionView switchModel(String id, SwitchModel model) {
        return adjust(id, adjustments.model(model));
    }

    @Override
    public ModelSettings modelSettings(String id) {
        return settings(id).modelSettings();
    }

    @Override
    public SessionView tune(String id, ModelSettings settings) {
        return adjust(id, Adjustments.modelSettings(settings));
    }

    private SessionView adjust(String id, Consumer<Chronicle> change) {
        return ask(id, reply -> new Mail.Adjust(change, reply));
    }

    @Override
    public UsageReport usage(LocalDate from, LocalDate to) {
        List<SpendRow> rows = parts.spend().days(from.toString(), to.toString());
        double cost = rows.stream().mapToDouble(SpendRow::cost).sum();
        List<UsageReport.Line> lines = rows.stream().map(UsageReport.Line::of).toList();
        return new UsageReport(from.toString(), to.toString(), cost, lines);
    }

    @Override
    public Optional<Console> console(String id) {
        Supervisor supervisor = supervisor(id);
        return supervisor
                .consoles()
                .current()
                .map(_ -> new LastingConsole(supervisor, () -> wake(id, "somebody typed at its console")));
    }

    /**
     * Ends all sessions' machines, or lets go of them with {@code keep}. Returns what was done, one line each.
     */
    public List<String> shutDown(boolean keep) {
        closing = true;
        Map<String, CompletableFuture<SessionView>> replies = new ConcurrentHashMap<>();
        supervisors.forEach((id, supervisor) -> {
            CompletableFuture<SessionView> reply = new CompletableFuture<>();
            replies.put(id, reply);
            supervisor.send(new Mail.Shutdown(keep, reply));
        });
        List<String> report = new ArrayList<>();
        replies.forEach((id, reply) -> {
            try {
                SessionView view = reply.get(parts.timings().answer().toMillis(), TimeUnit.MILLISECONDS);
                report.add(view.name() + " (" + id + "): " + view.state().json());
            } catch (ExecutionException | TimeoutException e) {
                report.add(id + ": did not end well: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                report.add(id + ": not waited for");
            }
        });
        return report;
    }

    /** Has sessions give up checkpoints where all together take more than they may. Called again and again. */
    public void keepWithinBudget() {
        Map<String, List<Thinning.Candidate>> all = parts.past().checkpoints().all().stream()
                .collect(Collectors.groupingBy(
                        CheckpointRow::session, Collectors.mapping(Checkpoints::candidate, Collectors.toList())));
        Thinning.overBudget(all, parts.past().budget().total())
                .forEach((id, seqs) -> Optional.ofNullable(supervisors.get(id))
                        .ifPresent(supervisor -> supervisor.send(new Mail.Drop(seqs))));
    }

    @Override
    public Optional<Victim> hibernateLeastRecentlyUsed(String why) {
        Optional<Victim> spare = pool.giveUpOne();
        if (spare.isPresent()) {
            return spare;
        }
        for (String id : parts.host().activity().idle(Duration.ZERO)) {
            Supervisor supervisor = supervisors.get(id);
            if (supervisor != null && supervisor.mayGiveWay()) {
                CompletableFuture<SessionView> reply = new CompletableFuture<>();
                supervisor.send(new Mail.Pause(false, why, reply));
                return Optional.of(new Victim(id, reply.thenAccept(_ -> {})));
            }
        }
        return Optional.empty();
    }

    private Supervisor supervisor(String id) {
        Supervisor supervisor = supervisors.get(id);
        if (supervisor != null) {
            return supervisor;
        }
        boolean deleted = parts.log().page(id, 0, 1).stream()
                .anyMatch(event -> event.payload() instanceof EventPayload.SessionDeleted);
        throw deleted
                ? new ProblemException(
                        ErrorCode.SESSION_GONE, "the session " + id + " was deleted", "create another one")
                : new ProblemException(ErrorCode.NOT_FOUND, "there is no session " + id, "list the sessions");
    }

    private <T> T ask(String id, Function<CompletableFuture<T>, Mail> question) {
        Supervisor supervisor = supervisor(id);
        CompletableFuture<T> reply = new CompletableFuture<>();
        supervisor.send(question.apply(reply));
        try {
            return reply.get(parts.timings().answer().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw rethrown(e.getCause(), id);
        } catch (TimeoutException e) {
            throw new ProblemException(
                    ErrorCode.INTERNAL,
                    "session " + id + " did not answer within "
                            + parts.timings().answer().toSeconds() + " s",
                    "look at its events and try again",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProblemException(ErrorCode.SHUTTING_DOWN, "the request was interrupted", "try again", e);
        }
    }

    private static ProblemException rethrown(@Nullable Throwable cause, String id) {
        if (cause instanceof ProblemException problem) {
            return problem;
        }
        return new ProblemException(
                ErrorCode.INTERNAL,
                "session " + id + " could not do it: " + cause,
                "look at the server's log",
                cause == null ? new IllegalStateException("unknown") : cause);
    }
}
