package dev.execlaw.host;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Removes what the ledger names, proves that it is gone, and strikes it off, in this order. Any thread may use it. */
public final class Sweep {

    private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);

    private final Ledger ledger;
    private final Slots slots;
    private final HostNetwork network;
    private final HostProcesses processes;
    private final Remains remains;

    /** What a dead machine leaves beyond its directory, which its driver knows. */
    @FunctionalInterface
    public interface Remains {

        /** Removes what is left of a machine; does nothing where nothing is. */
        void clear(String machine) throws IOException;
    }

    public Sweep(Ledger ledger, Slots slots, HostNetwork network, HostProcesses processes, Remains remains) {
        this.ledger = ledger;
        this.slots = slots;
        this.network = network;
        this.processes = processes;
        this.remains = remains;
    }

    /**
     * Removes all that a session has on the host, processes first.
     *
     * @throws IOException when something could not be removed; it stays in the ledger
     */
    public void everything(String session) throws IOException {
        sweep(session, _ -> true);
    }

    /**
     * Removes what only a running machine needs. Its directory stays, where disk and console log are, and its slot, whose
     * address is written on that disk.
     */
    public void machine(String session) throws IOException {
        sweep(
                session,
                resource -> !(resource instanceof Resource.Directory) && !(resource instanceof Resource.NetworkSlot));
    }

    /** Removes the VMM alone: another of the same session comes in its place and takes over the rest. */
    public void vmm(String session) throws IOException {
        sweep(session, resource -> resource instanceof Resource.Vmm);
    }

    /** Gives back the network slot of a session whose address is on no disk and in no memory. */
    public void slot(String session) throws IOException {
        sweep(session, resource -> resource instanceof Resource.NetworkSlot);
    }

    private void sweep(String session, Predicate<Resource> chosen) throws IOException {
        List<Resource> entries = ledger.of(session).stream().filter(chosen).toList();
        List<Resource> inOrder = Stream.concat(
                        entries.stream().filter(entry -> entry instanceof Resource.Vmm),
                        entries.stream().filter(entry -> !(entry instanceof Resource.Vmm)))
                .toList();
        for (Resource resource : inOrder) {
            remove(resource);
            ledger.strike(resource);
        }
    }

    private void remove(Resource resource) throws IOException {
        switch (resource) {
            case Resource.Vmm process -> kill(process);
            case Resource.Directory(String _, Path path) -> {
                DirectoryTree.delete(path);
                requireGone(path);
            }
            case Resource.Socket(String _, Path path) -> {
                Files.deleteIfExists(path);
                requireGone(path);
            }
            case Resource.Tap(String _, Slot slot) -> network.disconnect(slot);
            case Resource.NetworkSlot(String session) -> slots.release(session);
        }
    }

    private void kill(Resource.Vmm resource) throws IOException {
        List<ProcessIdentity> alive = Stream.concat(
                        resource.identity().filter(processes::alive).stream(),
                        processes.mentioning(resource.path()).stream())
                .distinct()
                .toList();
        for (ProcessIdentity process : alive) {
            processes.kill(process, KILL_DEADLINE);
        }
        List<ProcessIdentity> left = processes.mentioning(resource.path());
        if (!left.isEmpty()) {
            throw new IOException("processes of session " + resource.session() + " are still there: "
                    + left.stream().map(ProcessIdentity::pid).toList());
        }
        remains.clear(resource.session());
    }

    private static void requireGone(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(path + " was removed and is still there");
        }
    }
}
