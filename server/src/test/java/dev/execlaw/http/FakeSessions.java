package dev.execlaw.http;

import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.network.Traffic;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.AgentStatus;
import dev.execlaw.session.CheckpointView;
import dev.execlaw.session.Checkup;
import dev.execlaw.session.CreateSession;
import dev.execlaw.session.DiffView;
import dev.execlaw.session.ForkSession;
import dev.execlaw.session.MachineStatus;
import dev.execlaw.session.ModelSettings;
import dev.execlaw.session.NetworkPolicy;
import dev.execlaw.session.NetworkView;
import dev.execlaw.session.SessionPolicy;
import dev.execlaw.session.SessionView;
import dev.execlaw.session.Sessions;
import dev.execlaw.session.SpendView;
import dev.execlaw.session.SwitchModel;
import dev.execlaw.session.UsageReport;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Sessions without machines: keeps views and messages, and throws what the interface promises. */
final class FakeSessions implements Sessions {

    private static final NetworkView NETWORK =
            new NetworkView("user", null, null, "internet", List.of(), "none", "only the gateway", null);

    final FakeEventLog log;
    final Map<String, FakeConsole> consoles = new ConcurrentHashMap<>();
    final List<CreateSession> created = new ArrayList<>();
    final List<String> posted = new ArrayList<>();
    final List<NetworkPolicy> restricted = new ArrayList<>();
    final List<Record> adjusted = new ArrayList<>();

    /** When set, {@link #post} waits for it: a slow request. */
    volatile CountDownLatch hold = new CountDownLatch(0);

    /** Whether the last {@link #list} came on a virtual thread. */
    volatile boolean calledVirtually;

    /** How many posts have come so far. */
    final AtomicInteger waiting = new AtomicInteger();

    /** What commands do. */
    volatile Execution execution = (_, _) -> new ExecResult(0, null, Duration.ofMillis(5), false, false);

    /** A command in no machine at all. */
    @FunctionalInterface
    interface Execution {
        ExecResult run(ExecCommand command, ExecOutput output);
    }

    private static final CheckpointView CHECKPOINT =
            new CheckpointView(7, Instant.parse("2026-01-01T00:00:02Z"), null, "turn", 4096, 8192, false);

    private final List<SessionView> views = new ArrayList<>();

    FakeSessions(FakeEventLog log) {
        this.log = log;
    }

    @Override
    public synchronized SessionView create(CreateSession request) {
        if (!request.provider().equals("demo")) {
            throw new ProblemException(
                    ErrorCode.UNKNOWN_PROVIDER, "There is no provider \"" + request.provider() + "\".", "Use demo.");
        }
        created.add(request);
        String name = request.name() == null ? "session" : request.name();
        SessionView view = view("s" + (views.size() + 1), name, MachineStatus.CREATING);
        views.addFirst(view);
        log.append(view.id(), new EventPayload.SessionChanged(view));
        return view;
    }

    private static SessionView view(String id, String name, MachineStatus state) {
        return new SessionView(
                id,
                name,
                state,
                AgentStatus.STARTING,
                "demo",
                "demo",
                "reference",
                null,
                "qemu",
                "only the gateway",
                1,
                512,
                NETWORK,
                Instant.parse("2026-01-01T00:00:00Z"),
                Instant.parse("2026-01-01T00:00:01Z"),
                List.of(new SessionView.Step("disk", 12, "reflink")),
                List.of(new SessionView.Queued("m9", "later")),
                state == MachineStatus.FAILED ? new Problem(ErrorCode.BOOT_FAILED, "no kernel", "look") : null,
                null,
                List.of(),
                SessionPolicy.NONE,
                SpendView.NOTHING,
                SpendView.NOTHING,
                dev.execlaw.session.KeyMode.GATEWAY,
                dev.execlaw.agent.AgentChannel.CONSOLE);
    }

    @Override
    public SessionView govern(String id, SessionPolicy policy) {
        adjusted.add(policy);
        return get(id);
    }

    @Override
    public SessionView switchModel(String id, SwitchModel model) {
        adjusted.add(model);
        return get(id);
    }

    @Override
    public ModelSettings modelSettings(String id) {
        return new ModelSettings(0.5, 100, "low", "be brief");
    }

    @Override
    public SessionView tune(String id, ModelSettings settings) {
        adjusted.add(settings);
        return get(id);
    }

    @Override
    public UsageReport usage(LocalDate from, LocalDate to) {
        return new UsageReport(
                from.toString(),
                to.toString(),
                0.25,
                List.of(new UsageReport.Line(to.toString(), "demo", "demo", 3, 100, 50, 10, 5, 0.25, 0, 1)));
    }

    @Override
    public synchronized List<SessionView> list() {
        calledVirtually = Thread.currentThread().isVirtual();
        return List.copyOf(views);
    }

    @Override
    public synchronized SessionView get(String id) {
        return views.stream()
                .filter(view -> view.id().equals(id))
                .findFirst()
                .orElseThrow(() ->
                        new ProblemException(ErrorCode.NOT_FOUND, "There is no session " + id + ".", "List them."));
    }

    @Override
    public synchronized NetworkView network(String id) {
        return get(id).network().with(new Traffic(1, 2, 3, 4, 5, 6));
    }

    @Override
    public synchronized String output(String id, String call) {
        if (!get(id).id().equals(id) || !call.equals("t1")) {
            throw new ProblemException(ErrorCode.NOT_FOUND, "There is no output " + call + ".", "None.");
        }
        return "all of it";
    }

    @Override
    public synchronized NetworkView restrict(String id, NetworkPolicy policy) {
        get(id);
        NetworkView view = new NetworkView(
                "tap", "10.200.0.2", "10.200.0.1", policy.policy(), policy.allow(), policy.policy(), "listed", null);
        restricted.add(policy);
        return view;
    }

    @Override
    public synchronized void delete(String id) {
        views.remove(get(id));
        log.deleteSession(id);
    }

    @Override
    public Posted post(String id, String text) {
        get(id);
        try {
            waiting.incrementAndGet();
            hold.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        synchronized (this) {
            posted.add(text);
            log.append(id, new EventPayload.UserMessage("m" + posted.size(), text));
            return new Posted("m" + posted.size(), "queued");
        }
    }

    @Override
    public synchronized void removeQueued(String id, String message) {
        get(id);
        if (!message.equals("m9")) {
            throw new ProblemException(ErrorCode.STATE_CONFLICT, "Message " + message + " runs.", "Interrupt it.");
        }
    }

    @Override
    public SessionView stop(String id) {
        return change(id, get(id).name(), MachineStatus.STOPPING);
    }

    @Override
    public SessionView start(String id) {
        if (get(id).state() == MachineStatus.CREATING) {
            throw new ProblemException(ErrorCode.STATE_CONFLICT, "Session " + id + " is creating.", "Wait.");
        }
        return change(id, get(id).name(), MachineStatus.FAILED);
    }

    @Override
    public SessionView answer(String id, String request, String option) {
        return get(id);
    }

    @Override
    public SessionView interrupt(String id) {
        return get(id);
    }

    @Override
    public Checkup doctor(String id) {
        get(id);
        return new Checkup(
                List.of(new Checkup.Check("dns", Checkup.Verdict.WARN, "nothing resolves", "nothing: it is meant so")));
    }

    @Override
    public ExecResult exec(String id, ExecCommand command, ExecOutput output) {
        get(id);
        return execution.run(command, output);
    }

    @Override
    public SessionView rename(String id, String name) {
        return change(id, name, get(id).state());
    }

    private synchronized SessionView change(String id, String name, MachineStatus state) {
        SessionView view = view(id, name, state);
        views.set(views.indexOf(get(id)), view);
        log.append(id, new EventPayload.SessionChanged(view));
        return view;
    }

    @Override
    public SessionView pause(String id, boolean force) {
        return get(id);
    }

    @Override
    public SessionView resume(String id) {
        return get(id);
    }

    @Override
    public List<CheckpointView> checkpoints(String id) {
        return List.of(CHECKPOINT);
    }

    @Override
    public CheckpointView checkpoint(String id, @Nullable String name) {
        return CHECKPOINT;
    }

    @Override
    public DiffView diff(String id, @Nullable Long from, @Nullable Long to) {
        return new DiffView(
                List.of(new DiffView.File("/etc/motd", "modified", 1L, 2L, "644", "600")), "", false, List.of());
    }

    @Override
    public SessionView rewind(String id, long seq) {
        return get(id);
    }

    @Override
    public List<SessionView> fork(String id, ForkSession request) {
        return List.of(get(id));
    }

    @Override
    public Optional<Console> console(String id) {
        get(id);
        return Optional.ofNullable(consoles.get(id));
    }
}
