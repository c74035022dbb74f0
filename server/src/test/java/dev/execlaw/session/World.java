package dev.execlaw.session;

import static org.awaitility.Awaitility.await;

import dev.execlaw.agent.Agents;
import dev.execlaw.event.Event;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.StoredEventLog;
import dev.execlaw.exec.SshGuests;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.host.Capacity;
import dev.execlaw.host.HostLimits;
import dev.execlaw.host.HostMemory;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.Ledger;
import dev.execlaw.host.MachineActivity;
import dev.execlaw.host.Reconciler;
import dev.execlaw.host.Slots;
import dev.execlaw.host.Sweep;
import dev.execlaw.key.MasterKey;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.store.CheckpointTable;
import dev.execlaw.store.Database;
import dev.execlaw.store.EventTable;
import dev.execlaw.store.ForkTable;
import dev.execlaw.store.MessageTable;
import dev.execlaw.store.ResourceTable;
import dev.execlaw.store.SessionTable;
import dev.execlaw.store.SpendTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server's core over a temporary data directory: real store, log, ledger and supervisors; scripted machines and a
 * recording gateway. {@link #restart} is a new server over the same directory and the same machines.
 */
final class World implements AutoCloseable {

    static final SessionTimings QUICK = new SessionTimings(
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofMillis(20),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofMillis(200),
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Duration.ofSeconds(20),
            Duration.ofMillis(300),
            Duration.ZERO);

    final Path data;
    final @Nullable ScriptedNetwork taps;
    final RecordingGateway gateway = new RecordingGateway();
    final ScriptedDriver driver = new ScriptedDriver(gateway);
    final SshGuests guests = new SshGuests();
    final List<String> written = new ArrayList<>();
    SessionTimings timings;
    Agents agents = Agents.BUILT_IN;
    int memoryMiB = 8192;
    long budget = 1 << 30;
    Templates templates = Templates.NONE;
    int pool;
    int guestPrograms = Image.GUEST;
    Database database;
    StoredEventLog log;
    Ledger ledger;
    Slots slots;
    Capacity capacity;
    Reconciler reconciler;
    SessionService sessions;

    World(Path data) {
        this(data, null, QUICK);
    }

    World(Path data, SessionTimings timings) {
        this(data, null, timings);
    }

    /** With scripted TAP devices where {@code taps} is given. */
    World(Path data, @Nullable ScriptedNetwork taps) {
        this(data, taps, QUICK);
    }

    private World(Path data, @Nullable ScriptedNetwork taps, SessionTimings timings) {
        this.data = data;
        this.timings = timings;
        this.taps = taps;
        try {
            Files.createDirectories(SessionParts.machines(data));
            Files.createDirectories(SessionParts.sockets(data));
            Files.writeString(data.resolve("rootfs.ext4"), "a root file system");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        open();
    }

    void open() {
        try {
            database = Database.open(data.resolve("execlaw.db"));
            log = new StoredEventLog(new EventTable(database), InstantSource.system());
            ResourceTable resources = new ResourceTable(database);
            ledger = new Ledger(resources);
            HostNetwork network = taps == null
                    ? HostNetwork.user("scripted", NetworkPrefix.DEFAULT, 0)
                    : HostNetwork.tap("scripted", NetworkPrefix.DEFAULT, 1000, taps);
            slots = new Slots(resources, network);
            capacity = new Capacity(memory(), new HostLimits(512, 64, 0), data);
            Sweep sweep = new Sweep(ledger, slots, network, driver.processes, driver::clear);
            SessionParts parts = new SessionParts(
                    data,
                    driver,
                    images(),
                    new AgentVersions(data.resolve("agent-versions")),
                    agents,
                    (disk, work, files) -> {
                        if (driver.faults.contains("inject")) {
                            throw new IOException("scripted fault of inject");
                        }
                        files.forEach(file -> written.add(file.path()));
                    },
                    gateway,
                    new Models(providers(), _ -> Optional.empty()),
                    log,
                    new SessionTable(database),
                    new MessageTable(database),
                    new SpendTable(database),
                    new SessionParts.Past(
                            new CheckpointTable(database),
                            new ForkTable(database),
                            new SessionParts.CheckpointBudget(true, 1 << 30, budget)),
                    templates,
                    ScriptedMachine.WAKER,
                    new MasterKey.KeyFile(data.resolve("key")).open(),
                    guests,
                    new SessionParts.Host(
                            ledger, slots, network, sweep, capacity, new MachineActivity(3), driver.processes),
                    SessionDefaults.DEFAULT,
                    Limits.NONE,
                    timings,
                    InstantSource.system());
            sessions = new SessionService(parts, pool);
            reconciler = new Reconciler(
                    ledger,
                    slots,
                    network,
                    sweep,
                    driver.processes,
                    List.of(SessionParts.machines(data), SessionParts.sockets(data)),
                    sessions::exists);
            sessions.open();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Providers providers() {
        return new Providers(List.of(
                new ProviderSettings("demo", "Demo", ProviderSettings.Kind.DEMO, null, false, List.of("demo")),
                new ProviderSettings(
                        "paid",
                        "Paid",
                        ProviderSettings.Kind.OPENAI_COMPATIBLE,
                        "https://paid.example/v1",
                        true,
                        List.of("large"))));
    }

    private HostMemory memory() {
        return new HostMemory() {
            @Override
            public int totalMiB() {
                return memoryMiB;
            }

            @Override
            public int availableMiB() {
                return memoryMiB;
            }

            @Override
            public int proportionalMiB(ProcessIdentity process) {
                return 0;
            }
        };
    }

    private Images images() {
        Image image = new Image(
                "0123456789abcdef",
                "debian",
                "debian",
                data,
                data.resolve("vmlinuz"),
                data.resolve("initramfs"),
                data.resolve("rootfs.ext4"),
                new Image.Agent("reference", "1"),
                guestPrograms);
        return new Images() {
            @Override
            public Optional<Image> current() {
                return Optional.of(image);
            }

            @Override
            public Optional<Image> byId(String id) {
                return Optional.of(image);
            }
        };
    }

    /** The server ends without a word to its machines, and another one takes its place. */
    void restart() {
        restart(() -> {});
    }

    /** The same, and something happens while there is no server. */
    void restart(Runnable meanwhile) {
        sessions.shutDown(true);
        sessions.close();
        database.close();
        gateway.close();
        meanwhile.run();
        open();
    }

    /** A new server, with another budget for all sessions' checkpoints. */
    void limit(long bytes) {
        budget = bytes;
        restart();
    }

    /** What the database has of a session's state. */
    String stored(String id) {
        return new SessionTable(database)
                .all().stream()
                        .filter(row -> row.id().equals(id))
                        .findFirst()
                        .orElseThrow()
                        .status();
    }

    /** Makes a session one of the time before there were keys to machines. */
    void forgetWayIn(String id) {
        SavedStatus s = Saved.status(stored(id));
        SavedStatus older = new SavedStatus(
                s.state(),
                s.reason(),
                s.deleting(),
                s.lastActivityAt(),
                s.boot(),
                s.disk(),
                s.slot(),
                s.prefix(),
                s.networkMode(),
                s.sealedToken(),
                null,
                s.vmm(),
                s.memory(),
                s.wakesFrom(),
                s.undone());
        new SessionTable(database).statusLater(id, Saved.encode(older));
    }

    /** Makes a session one that has not been started yet. */
    void forgetRuns(String id) {
        SavedStatus s = Saved.status(stored(id));
        SavedStatus fresh = SavedStatus.fresh(s.lastActivityAt(), Objects.requireNonNull(s.wayIn()), s.undone());
        new SessionTable(database).statusLater(id, Saved.encode(fresh));
    }

    static CreateSession request() {
        return request("demo", null, null);
    }

    static CreateSession request(String provider, String apiKey, Integer idleTimeoutMin) {
        return new CreateSession(null, provider, null, null, apiKey, null, 256, null, null, null, idleTimeoutMin, null);
    }

    /** A session whose agent waits. */
    String ready() {
        String id = sessions.create(request()).id();
        untilSaved(id, 1);
        return id;
    }

    /** Waits until the agent waits, and the machine was saved that often, or could not be. */
    void untilSaved(String id, int times) {
        until(id, view -> view.agentState() == AgentStatus.IDLE && saves(id) >= times);
    }

    /** How often the machine was saved, or could not be. */
    int saves(String id) {
        return payloads(id, EventPayload.Checkpoint.class).size()
                + payloads(id, EventPayload.Notice.class).size();
    }

    SessionView until(String id, Predicate<SessionView> wanted) {
        return await().alias("session " + id)
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> sessions.get(id), wanted);
    }

    SessionView until(String id, MachineStatus state) {
        return until(id, view -> view.state() == state);
    }

    List<Event> events(String id) {
        return log.page(id, 0, 10_000);
    }

    <T extends EventPayload> List<T> payloads(String id, Class<T> type) {
        return events(id).stream()
                .map(Event::payload)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    List<EventPayload.TurnFinished> untilTurns(String id, int count) {
        return until(id, EventPayload.TurnFinished.class, count);
    }

    /** Waits for so many events of a kind: a session shows what it has become before its log tells of it. */
    <P extends EventPayload> List<P> until(String id, Class<P> kind, int count) {
        return await().alias(count + " events " + kind.getSimpleName())
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> payloads(id, kind), events -> events.size() >= count);
    }

    /** What is on the host, whoever owns it. */
    List<String> onHost() {
        List<String> found = new ArrayList<>();
        for (Path root : List.of(SessionParts.machines(data), SessionParts.sockets(data))) {
            try (Stream<Path> entries = Files.list(root)) {
                entries.forEach(entry -> found.add(root.getFileName() + "/" + entry.getFileName()));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
        driver.processes.directories().forEach(directory -> found.add("process of " + directory.getFileName()));
        return found;
    }

    @Override
    public void close() {
        sessions.shutDown(false);
        sessions.close();
        gateway.close();
        guests.close();
        database.close();
    }
}
