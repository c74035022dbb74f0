package dev.execlaw.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Processes;
import dev.execlaw.store.Database;
import dev.execlaw.store.ResourceTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ledger, sweep and reconcile, with real files and real processes. */
class HostTest {

    private static final HostNetwork NETWORK = HostNetwork.user("a test", NetworkPrefix.DEFAULT, 0);

    @TempDir
    Path data;

    private final List<Process> started = new ArrayList<>();
    private Path machines;
    private Path run;
    private Database database;
    private Ledger ledger;
    private Slots slots;
    private Sweep sweep;

    @BeforeEach
    void open() throws IOException {
        machines = Files.createDirectory(data.resolve("machines"));
        run = Files.createDirectory(data.resolve("run"));
        database = Database.open(data.resolve("execlaw.db"));
        ResourceTable table = new ResourceTable(database);
        ledger = new Ledger(table);
        slots = new Slots(table, NETWORK);
        sweep = new Sweep(ledger, slots, NETWORK, new LinuxProcesses(), _ -> {});
    }

    @AfterEach
    void close() {
        started.forEach(Process::destroyForcibly);
        database.close();
    }

    private Reconciler reconciler(String... sessions) {
        return new Reconciler(
                ledger,
                slots,
                NETWORK,
                sweep,
                new LinuxProcesses(),
                List.of(machines, run),
                Set.of(sessions)::contains);
    }

    /** A process that has the path on its command line. */
    private Process process(Path path) throws IOException {
        Process process = new ProcessBuilder("sh", "-c", "read never", path.toString()).start();
        started.add(process);
        return process;
    }

    /** A session's whole set of things, in the ledger and on the host. */
    private Process machine(String session) throws IOException {
        Path directory = machines.resolve(session);
        Path socket = run.resolve(session + ".gw");
        ledger.enter(new Resource.NetworkSlot(session));
        slots.take(session);
        ledger.enter(new Resource.Directory(session, directory));
        Files.createDirectory(directory);
        Files.writeString(directory.resolve("disk"), "bytes");
        ledger.enter(new Resource.Socket(session, socket));
        Files.createFile(socket);
        ledger.enter(new Resource.Vmm(session, directory, Optional.empty()));
        Process process = process(directory);
        ProcessIdentity identity = Processes.identify(process.pid()).orElseThrow();
        ledger.enter(new Resource.Vmm(session, directory, Optional.of(identity)));
        return process;
    }

    @Test
    void theLedgerKnowsWhatWasWritten() throws IOException {
        Process process = machine("a");
        ProcessIdentity identity = Processes.identify(process.pid()).orElseThrow();
        assertThat(ledger.of("a"))
                .containsExactly(
                        new Resource.NetworkSlot("a"),
                        new Resource.Directory("a", machines.resolve("a")),
                        new Resource.Socket("a", run.resolve("a.gw")),
                        new Resource.Vmm("a", machines.resolve("a"), Optional.of(identity)));
    }

    @Test
    void sweepingTheMachineKeepsDirectoryAndSlot() throws Exception {
        Process process = machine("a");
        sweep.machine("a");
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(machines.resolve("a/disk")).exists();
        assertThat(run.resolve("a.gw")).doesNotExist();
        assertThat(ledger.of("a"))
                .containsExactly(new Resource.NetworkSlot("a"), new Resource.Directory("a", machines.resolve("a")));
        sweep.everything("a");
        assertThat(machines).isEmptyDirectory();
        assertThat(ledger.all()).isEmpty();
        assertThat(slots.holders()).isEmpty();
    }

    @Test
    void aProcessThatWasStartedButNeverNotedIsFoundByItsPath() throws Exception {
        Path directory = machines.resolve("a");
        ledger.enter(new Resource.Vmm("a", directory, Optional.empty()));
        Process process = process(directory.resolve("qmp.sock"));
        sweep.everything("a");
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(ledger.all()).isEmpty();
    }

    @Test
    void reconcileRemovesWhatBelongsToNoSessionAndLeavesTheRest() throws Exception {
        Process living = machine("alive");
        Process orphan = machine("orphan");
        Process unknown = process(machines.resolve("nobody"));
        Files.createDirectory(machines.resolve("nobody"));
        Files.createFile(run.resolve("nobody.gw"));
        List<String> report = reconciler("alive").run();
        assertThat(report)
                .hasSize(4)
                .anySatisfy(line -> assertThat(line).contains("session orphan"))
                .anySatisfy(line -> assertThat(line).contains("machines/nobody"))
                .anySatisfy(line -> assertThat(line).contains("run/nobody.gw"))
                .anySatisfy(line -> assertThat(line).contains("process " + unknown.pid()));
        assertThat(orphan.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(unknown.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(living.isAlive()).isTrue();
        assertThat(machines.resolve("alive/disk")).exists();
        assertThat(ledger.all()).extracting(Resource::session).containsOnly("alive");
        assertThat(slots.holders()).containsExactly("alive");
        assertThat(reconciler("alive").run())
                .as("the second time there is nothing to mend")
                .isEmpty();
    }

    @Test
    void anEntryWhoseThingIsGoneAlreadyIsStruckOff() throws Exception {
        ledger.enter(new Resource.Directory("gone", machines.resolve("gone")));
        ledger.enter(new Resource.Vmm("gone", machines.resolve("gone"), Optional.of(new ProcessIdentity(1, 1))));
        reconciler().run();
        assertThat(ledger.all()).isEmpty();
    }
}
