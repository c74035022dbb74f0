package dev.execlaw;

import dev.execlaw.event.EventLog;
import dev.execlaw.event.StoredEventLog;
import dev.execlaw.gateway.Gateway;
import dev.execlaw.gateway.JettyGateway;
import dev.execlaw.host.Capacity;
import dev.execlaw.host.HostMemory;
import dev.execlaw.host.HostProcesses;
import dev.execlaw.host.Ledger;
import dev.execlaw.host.LinuxProcesses;
import dev.execlaw.host.ProcMemory;
import dev.execlaw.host.Reconciler;
import dev.execlaw.host.Slots;
import dev.execlaw.host.Sweep;
import dev.execlaw.microvm.image.DiskFiles;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.session.Images;
import dev.execlaw.session.Models;
import dev.execlaw.session.SessionParts;
import dev.execlaw.session.SessionService;
import dev.execlaw.session.Sessions;
import dev.execlaw.store.Database;
import dev.execlaw.store.EventTable;
import dev.execlaw.store.MessageTable;
import dev.execlaw.store.ResourceTable;
import dev.execlaw.store.SecretBox;
import dev.execlaw.store.SessionTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The core of the server: its parts, made, joined and started in order; stopped in reverse. The HTTP server stands in
 * front of it and is started after and stopped before it.
 */
public final class Daemon {

    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final Duration RECONCILE = Duration.ofMinutes(1);

    private final Lifecycle lifecycle = new Lifecycle();
    private final InstantSource clock = InstantSource.system();
    private final DaemonSettings settings;
    private final Driver driver;
    private final Database database;
    private final EventLog log;
    private final HostMemory memory = new ProcMemory();
    private final Capacity capacity;
    private final ImageStore images;
    private final SessionService sessions;

    private Daemon(DaemonSettings settings, Driver driver) throws IOException {
        this.settings = settings;
        this.driver = driver;
        try {
            Path data = settings.data();
            createDirectories(data);
            database = Database.open(data.resolve("execlaw.db"));
            lifecycle.started("the database", database);
            log = new StoredEventLog(new EventTable(database), clock);
            images = new ImageStore(data);
            Gateway gateway = JettyGateway.start(settings.providers(), settings.gateway());
            lifecycle.started("the gateway", gateway);

            ResourceTable resources = new ResourceTable(database);
            HostProcesses processes = new LinuxProcesses();
            Ledger ledger = new Ledger(resources);
            Slots slots = new Slots(resources);
            Sweep sweep = new Sweep(ledger, slots, processes);
            capacity = new Capacity(memory, settings.limits(), data);
            SessionParts parts = new SessionParts(
                    data,
                    driver,
                    Images.of(images, settings.image()),
                    DiskFiles::inject,
                    gateway,
                    new Models(settings.providers(), settings.keys()),
                    log,
                    new SessionTable(database),
                    new MessageTable(database),
                    SecretBox.open(data.resolve("key")),
                    new SessionParts.Host(ledger, slots, sweep, capacity, processes),
                    settings.defaults(),
                    settings.timings(),
                    clock);
            sessions = new SessionService(parts);
            sessions.open();

            Reconciler reconciler = new Reconciler(
                    ledger,
                    slots,
                    sweep,
                    processes,
                    List.of(SessionParts.machines(data), SessionParts.sockets(data)),
                    sessions::exists);
            reconciler.start(RECONCILE);
            lifecycle.started("the reconcile loop", reconciler);
        } catch (IOException | RuntimeException e) {
            stopAfter(e);
            throw e;
        }
    }

    /**
     * Starts the core. Sessions of the last daemon are taken up; their machines are adopted in the background.
     *
     * @throws IOException when it cannot start; what was started has been stopped again
     */
    public static Daemon start(DaemonSettings settings, Driver driver) throws IOException {
        return new Daemon(settings, driver);
    }

    private static void createDirectories(Path data) throws IOException {
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        for (Path directory : List.of(data, SessionParts.machines(data), SessionParts.sockets(data))) {
            Files.createDirectories(directory, owner);
        }
    }

    private void stopAfter(Exception failure) {
        try {
            lifecycle.stop();
        } catch (IllegalStateException e) {
            failure.addSuppressed(e);
        }
    }

    /** All sessions. */
    public Sessions sessions() {
        return sessions;
    }

    /** The log of all sessions. */
    public EventLog log() {
        return log;
    }

    /** The images in the data directory. */
    public ImageStore images() {
        return images;
    }

    /** What runs the machines. */
    public Driver driver() {
        return driver;
    }

    /** Memory promised to machines, and how much there is to give. */
    public Capacity capacity() {
        return capacity;
    }

    /** Memory of the host. */
    public HostMemory memory() {
        return memory;
    }

    /** What it was told. */
    public DaemonSettings settings() {
        return settings;
    }

    /** Ends sessions, or lets go of their machines, then everything else. Returns what was done, one line each. */
    public List<String> stop() {
        List<String> report = new ArrayList<>(sessions.shutDown(settings.keepMachines()));
        lifecycle.stop();
        LOG.info("the daemon has ended");
        return report;
    }
}
