package dev.execlaw.host;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares ledger and host, at start and then again and again, and mends both ways: what the ledger names for a session
 * that no longer exists is removed; what is on the host under our directories and in no ledger is removed too. What
 * belongs to a living session is left to that session's supervisor.
 */
public final class Reconciler implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
    private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);

    private final Ledger ledger;
    private final Slots slots;
    private final HostNetwork network;
    private final Sweep sweep;
    private final HostProcesses processes;
    private final List<Path> roots;
    private final Predicate<String> exists;
    private final CountDownLatch closing = new CountDownLatch(1);

    /**
     * A loop that is not started yet.
     *
     * @param roots directories whose every entry must belong to a session
     * @param exists whether there is a session with this id
     */
    public Reconciler(
            Ledger ledger,
            Slots slots,
            HostNetwork network,
            Sweep sweep,
            HostProcesses processes,
            List<Path> roots,
            Predicate<String> exists) {
        this.ledger = ledger;
        this.slots = slots;
        this.network = network;
        this.sweep = sweep;
        this.processes = processes;
        this.roots = List.copyOf(roots);
        this.exists = exists;
    }

    /** Reconciles now and again after every {@code period}, on a thread of its own. */
    public void start(Duration period) {
        Thread.ofVirtual().name("reconcile").start(() -> {
            try {
                do {
                    runSafely();
                } while (!closing.await(period.toMillis(), TimeUnit.MILLISECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void runSafely() {
        try {
            run();
        } catch (IOException | RuntimeException e) {
            LOG.error("ledger and host could not be compared; the next try follows", e);
        }
    }

    /** Compares once. Returns what was mended, one line each. */
    public List<String> run() throws IOException {
        // The host is read before the ledger: what is on the host now was in the ledger before it was made, so a thing
        // seen here and missing there is nobody's, or has gone in between.
        Set<Path> found = new HashSet<>();
        for (Path root : roots) {
            if (Files.isDirectory(root)) {
                try (Stream<Path> entries = Files.list(root)) {
                    entries.forEach(found::add);
                }
            }
        }
        Set<ProcessIdentity> running = new LinkedHashSet<>();
        for (Path root : roots) {
            running.addAll(processes.mentioning(root));
        }
        network.mend().forEach(obstacle -> LOG.warn("network: {}", obstacle));
        Set<Integer> connected = network.connected();
        List<Resource> entries = ledger.all();
        Stream<String> mended = Stream.of(
                        removeEntriesOfGoneSessions(entries),
                        removeUnknownFiles(found, entries),
                        disconnectUnknown(connected, entries))
                .flatMap(List::stream);
        List<String> report =
                Stream.concat(mended, killUnknown(running).stream()).toList();
        report.forEach(line -> LOG.warn("reconciled: {}", line));
        return report;
    }

    private List<String> removeEntriesOfGoneSessions(List<Resource> entries) throws IOException {
        List<String> gone = Stream.concat(entries.stream().map(Resource::session), slots.holders().stream())
                .distinct()
                .filter(exists.negate())
                .toList();
        for (String session : gone) {
            sweep.everything(session);
            slots.release(session);
        }
        return gone.stream()
                .map(session -> "removed what was left of session " + session)
                .toList();
    }

    private static List<String> removeUnknownFiles(Set<Path> found, List<Resource> entries) throws IOException {
        Set<Path> known = new HashSet<>();
        for (Resource entry : entries) {
            switch (entry) {
                case Resource.Directory(String _, Path path) -> known.add(path);
                case Resource.Socket(String _, Path path) -> known.add(path);
                case Resource.Vmm _, Resource.Tap _ -> {}
                case Resource.NetworkSlot _ -> {}
            }
        }
        List<Path> unknown =
                found.stream().filter(path -> !known.contains(path)).sorted().toList();
        for (Path path : unknown) {
            DirectoryTree.delete(path);
        }
        return unknown.stream()
                .map(path -> "removed " + path + ", which no session owns")
                .toList();
    }

    private List<String> disconnectUnknown(Set<Integer> connected, List<Resource> entries) throws IOException {
        Set<Integer> known = new HashSet<>();
        for (Resource entry : entries) {
            if (entry instanceof Resource.Tap(String _, Slot slot)) {
                known.add(slot.index());
            }
        }
        List<Slot> unknown = connected.stream()
                .filter(index -> !known.contains(index))
                .sorted()
                .map(network.prefix()::slot)
                .toList();
        for (Slot slot : unknown) {
            network.disconnect(slot);
        }
        return unknown.stream()
                .map(slot -> "removed the network of slot " + slot.index() + ", which no session owns")
                .toList();
    }

    /** Kills processes that mention our directories but nothing that a living session has in the ledger. */
    private List<String> killUnknown(Set<ProcessIdentity> running) throws IOException {
        Set<ProcessIdentity> owned = new HashSet<>();
        for (Resource entry : ledger.all()) {
            if (entry instanceof Resource.Directory(String _, Path path)) {
                owned.addAll(processes.mentioning(path));
            } else if (entry instanceof Resource.Vmm process) {
                owned.addAll(processes.mentioning(process.path()));
                process.identity().ifPresent(owned::add);
            }
        }
        List<ProcessIdentity> unknown = running.stream()
                .filter(process -> !owned.contains(process) && processes.alive(process))
                .toList();
        for (ProcessIdentity process : unknown) {
            processes.kill(process, KILL_DEADLINE);
        }
        return unknown.stream()
                .map(process -> "killed process " + process.pid() + ", which no session owns")
                .toList();
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
