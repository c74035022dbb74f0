package dev.execlaw;

import dev.execlaw.auth.AccessToken;
import dev.execlaw.auth.Authenticator;
import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.SessionConfig;
import dev.execlaw.email.Emails;
import dev.execlaw.email.IdleEmails;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.StoredEventLog;
import dev.execlaw.exec.SshGuests;
import dev.execlaw.gateway.JettyGateway;
import dev.execlaw.gateway.ModelListing;
import dev.execlaw.gateway.Providers;
import dev.execlaw.host.Capacity;
import dev.execlaw.host.Evictions;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.HostWatch;
import dev.execlaw.host.Ledger;
import dev.execlaw.host.LinuxHostState;
import dev.execlaw.host.LinuxProcesses;
import dev.execlaw.host.MachineActivity;
import dev.execlaw.host.Pressure;
import dev.execlaw.host.ProcMemory;
import dev.execlaw.host.Reconciler;
import dev.execlaw.host.Relief;
import dev.execlaw.host.Slots;
import dev.execlaw.host.Sweep;
import dev.execlaw.http.HttpParts;
import dev.execlaw.http.HttpServer;
import dev.execlaw.http.MemoryIdempotencyStore;
import dev.execlaw.key.Seal;
import dev.execlaw.key.StoredKeys;
import dev.execlaw.microvm.image.DiskFiles;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.original.ModelLists;
import dev.execlaw.original.Original;
import dev.execlaw.session.AgentVersions;
import dev.execlaw.session.Images;
import dev.execlaw.session.Models;
import dev.execlaw.session.SessionParts;
import dev.execlaw.session.SessionService;
import dev.execlaw.session.Waker;
import dev.execlaw.store.CheckpointTable;
import dev.execlaw.store.Database;
import dev.execlaw.store.EventTable;
import dev.execlaw.store.ForkTable;
import dev.execlaw.store.IdleEmailTable;
import dev.execlaw.store.MessageTable;
import dev.execlaw.store.ProviderKeyTable;
import dev.execlaw.store.ResourceTable;
import dev.execlaw.store.SecretBox;
import dev.execlaw.store.SecretTable;
import dev.execlaw.store.SessionTable;
import dev.execlaw.store.SpendTable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The running server: its parts, made, joined and started in order, and stopped in the reverse one. A start that fails
 * half way stops what it had started. Started and stopped once, by any thread.
 */
public final class Daemon {

    private static final long HOST_SECONDS = 60;
    private static final Duration RECONCILE_PERIOD = Duration.ofMinutes(1);
    private static final Duration ACTIVITY_PERIOD = Duration.ofSeconds(5);
    private static final Duration BUDGET_PERIOD = Duration.ofSeconds(10);
    private static final Duration PRESSURE_PERIOD = Duration.ofSeconds(1);
    private static final Duration MEASURE_PERIOD = Duration.ofSeconds(2);

    private final Lifecycle lifecycle = new Lifecycle();
    private final boolean keepMachines;

    // Both are set by start(), before the daemon is handed out.
    private @Nullable HttpServer http;
    private @Nullable SessionService sessions;

    private Daemon(boolean keepMachines) {
        this.keepMachines = keepMachines;
    }

    /**
     * Starts everything and returns when it listens.
     *
     * @param version of this build, as shown to people
     * @throws IOException when a part cannot start; the message says which and why, and nothing is left running
     */
    public static Daemon start(Config config, DataDirectory data, String version, AccessToken token)
            throws IOException {
        Daemon daemon = new Daemon(config.session().onShutdown() == SessionConfig.OnShutdown.KEEP);
        try {
            daemon.join(config, data, version, token);
            return daemon;
        } catch (IOException | RuntimeException | Error e) {
            daemon.stopAfter(e);
            throw e;
        }
    }

    private void join(Config config, DataDirectory data, String version, AccessToken token) throws IOException {
        InstantSource clock = InstantSource.system();
        Wiring wiring = new Wiring(config, data);
        ImageStore store = new ImageStore(data.root());
        // To ask the host's programs what they are takes as long as to open the database: both at once.
        FutureTask<HostChoice> choosing = new FutureTask<>(() -> HostChoice.of(wiring, store));
        Thread.ofVirtual().name("host").start(choosing);

        Database database = Database.open(data.database());
        lifecycle.started("the database", database);
        EventLog log = new StoredEventLog(new EventTable(database), clock);

        ResourceTable resources = new ResourceTable(database);
        Ledger ledger = new Ledger(resources);
        Evictions evictions = new Evictions();
        Capacity capacity = new Capacity(new ProcMemory(), wiring.hostLimits(), data.root(), evictions);
        MachineActivity activity = new MachineActivity(config.session().idleCpuPercent());

        Images images = Images.of(store, config.image().name());
        Providers providers = wiring.providers();
        JettyGateway gateway = JettyGateway.start(providers, wiring.gateway());
        lifecycle.started("the gateway", gateway);

        SecretBox secrets = Seal.open(wiring.masterKey(), new SecretTable(database));
        StoredKeys keys = new StoredKeys(
                providers, new ProviderKeyTable(database), secrets, wiring::serverKey, gateway.keyProbe(), clock);

        HostChoice host = chosen(choosing);
        HostNetwork network = host.network();
        lifecycle.started("the network of guests", network);
        SshGuests guests = new SshGuests();
        lifecycle.started("the SSH client", guests);
        Driver driver = host.driver().driver();
        CheckpointTable checkpoints = new CheckpointTable(database);
        Cloning cloning = Cloning.open(wiring, driver, network, capacity, checkpoints, clock);
        lifecycle.started("the templates", cloning);
        Slots slots = new Slots(resources, network);
        LinuxProcesses processes = new LinuxProcesses();
        Sweep sweep = new Sweep(ledger, slots, network, processes, driver::clear);
        SessionService service = new SessionService(
                new SessionParts(
                        data.root(),
                        driver,
                        images,
                        new AgentVersions(data.root().resolve("agent-versions")),
                        wiring.agents(),
                        DiskFiles::inject,
                        gateway,
                        new Models(
                                providers,
                                keys::key,
                                provider -> gateway.catalog().defaultModel(provider, keys.key(provider)),
                                gateway.catalog()::price),
                        log,
                        new SessionTable(database),
                        new MessageTable(database),
                        new SpendTable(database),
                        new SessionParts.Past(checkpoints, new ForkTable(database), wiring.checkpointBudget()),
                        cloning,
                        Waker.BY_PORT,
                        secrets,
                        guests,
                        new SessionParts.Host(ledger, slots, network, sweep, capacity, activity, processes),
                        wiring.sessionDefaults(providers),
                        wiring.limits(),
                        wiring.timings(),
                        clock),
                config.vm().pool());
        sessions = service;
        service.open();
        lifecycle.started("the machines that are kept ready", service);
        evictions.from(service);

        HostWatch watch = new HostWatch();
        lifecycle.started("the watch over the host", watch);
        watch.every(MEASURE_PERIOD, "the measuring of machines", capacity::measure);
        watch.every(BUDGET_PERIOD, "the look at what checkpoints take", service::keepWithinBudget);
        watch.every(ACTIVITY_PERIOD, "the look at what machines compute", activity::sample);
        Pressure pressure = new Pressure(
                new LinuxHostState(new ProcMemory(), data.root(), wiring.cgroupParent()),
                wiring.hostLimits(),
                new Relief(evictions, service::pressure));
        watch.every(PRESSURE_PERIOD, "the look at the host's memory and disk", pressure::look);

        Reconciler reconciler = new Reconciler(
                ledger, slots, network, sweep, processes, List.of(data.machines(), data.run()), service::exists);
        reconciler.start(RECONCILE_PERIOD);
        lifecycle.started("the reconcile loop", reconciler);

        Function<String, ModelListing> models = provider -> gateway.catalog().listing(provider, keys.key(provider));
        OutsideWiring outside = new OutsideWiring(config, System.getenv());
        Emails emails = new Emails(outside.email(), log, clock);
        IdleEmails idleEmails = new IdleEmails(emails, log, service, new IdleEmailTable(database));
        lifecycle.started("the mail about idle sessions", idleEmails);
        Original original = new Original(new Original.Parts(
                service,
                log,
                emails,
                idleEmails,
                ModelLists.of(providers, models),
                outside.exeDev(),
                () -> new Original.Facts(
                        driver.accelerator().kind().equals("kvm"),
                        capacity.capacityMiB() - capacity.reservedMiB(),
                        config.vm().expectedMib()),
                clock));

        HttpServer server = new HttpServer(
                wiring.listen(),
                service,
                keys,
                log,
                new Authenticator(token),
                new SystemReport(
                        version,
                        driver,
                        host.driver().reason(),
                        network,
                        store,
                        providers,
                        keys,
                        wiring,
                        capacity,
                        gateway,
                        clock),
                models,
                new MemoryIdempotencyStore(),
                wiring.http(),
                new HttpParts(
                        emails,
                        config.original().enabled() ? original : null,
                        config.original().openOnLoopback(),
                        config.original().exedevHeaders()));
        server.start();
        lifecycle.started("the HTTP server", server::stop);
        http = server;
    }

    private static HostChoice chosen(FutureTask<HostChoice> choosing) throws IOException {
        try {
            return choosing.get(HOST_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException("the host did not tell what it can do within " + HOST_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the host was asked what it can do", e);
        }
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        if (http == null) {
            throw new IllegalStateException("the daemon has not been started");
        }
        return http.address();
    }

    /** Ends the sessions' machines (or lets go of them, as configured) and then every part. Says what it did. */
    public List<String> stop() {
        List<String> report = new ArrayList<>();
        if (sessions != null) {
            List<String> ended = sessions.shutDown(keepMachines);
            report.add((keepMachines ? "sessions left running: " : "sessions stopped: ") + ended.size());
            report.addAll(ended);
        }
        try {
            lifecycle.stop();
        } catch (IllegalStateException e) {
            for (Throwable failure : e.getSuppressed()) {
                report.add("not stopped well: " + failure.getMessage());
            }
        }
        return report;
    }

    private void stopAfter(Throwable failure) {
        try {
            lifecycle.stop();
        } catch (IllegalStateException e) {
            failure.addSuppressed(e);
        }
    }
}
