package dev.execlaw.microvm.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.execlaw.microvm.firecracker.Ground.Way;
import dev.execlaw.microvm.firecracker.api.Answers;
import dev.execlaw.microvm.firecracker.api.Query;
import dev.execlaw.microvm.machine.Driver.Accelerator;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.Processes;
import dev.execlaw.microvm.qemu.TestGuest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The driver against a VMM that runs a real guest: the double, or a real Firecracker where one is named. */
@Timeout(180)
class FirecrackerMachineTest {

    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path data;

    private Ground ground;
    private final Deque<Machine> machines = new ArrayDeque<>();

    @BeforeEach
    void prepare() {
        ground = new Ground(data);
    }

    /** What only the double does, or may be done to. */
    private static void assumeDouble() {
        assumeTrue(FirecrackerBinaries.fromProperties().isDouble(), "only the double has fault modes");
    }

    @AfterEach
    void closeAllAndProveIt() throws Exception {
        machines.forEach(Machine::close);
        ground.close();
        assertThat(Processes.find(data)).isEmpty();
        for (Machine machine : machines) {
            assertThat(machine.spec().directory()).isDirectoryNotContaining("glob:**/{console.in,vmm,jail}");
        }
    }

    @ParameterizedTest
    @EnumSource
    void bootsToItsPromptAndReachesItsGateway(Way way) throws Exception {
        FirecrackerMachine machine = started(way, 80);
        TestGuest guest = new TestGuest(machine, 0).awaitPrompt();
        assertThat(guest.run("uname -m; false")).isEqualTo("x86_64\n");
        assertThat(guest.status()).isEqualTo(1);
        assertThat(machine.api().ask(new Query.Instance()).state()).isEqualTo(Answers.State.RUNNING);
        Answers.VmConfiguration configuration = machine.api().ask(new Query.Configuration());
        assertThat(configuration.machineConfig().memSizeMib()).isEqualTo(192);
        assertThat(configuration.drives()).hasSize(1);
        InetSocketAddress gateway = new InetSocketAddress("10.200.1.65", 8787);
        try (ServerSocketChannel host = ServerSocketChannel.open()) {
            host.bind(gateway);
            FutureTask<String> heard = new FutureTask<>(() -> {
                try (SocketChannel connection = host.accept()) {
                    return new String(Channels.newInputStream(connection).readNBytes(5), UTF_8);
                }
            });
            Thread.ofVirtual().start(heard);
            guest.run("echo hello | nc 10.200.1.65 8787");
            assertThat(heard.get(10, SECONDS)).isEqualTo("hello");
        }
        assertThat(machine.reach(22)).contains(new InetSocketAddress("10.200.1.66", 22));
        assertThat(machine.spec().directory().resolve("firecracker.log")).isNotEmptyFile();
        assertThat(machine.spec().directory().resolve("metrics.json")).exists();
    }

    @Test
    void jailedVmmIsAnAccountThatHasItsJailOnly() throws Exception {
        FirecrackerMachine machine = started(Way.IN_A_JAIL, 81);
        new TestGuest(machine, 0).awaitPrompt();
        String status = Files.readString(Path.of("/proc/" + machine.vmm().pid() + "/status"));
        assertThat(status).containsPattern("Uid:\\s70001\\s70001").containsPattern("Gid:\\s70001\\s70001");
        assertThat(Files.getAttribute(machine.spec().disk().path(), "unix:uid")).isEqualTo(70001);
        assertThat(Files.getAttribute(TestGuest.kernel(), "unix:uid")).isNotEqualTo(70001);
        assertThat(Processes.find(machine.spec().directory())).contains(machine.vmm());
    }

    @Test
    void runsAsAnAccountWithoutAJailerToo() throws Exception {
        assumeDouble();
        // Where that account may read it: neither a home directory nor that of a test is such a place.
        Path open = Files.createTempDirectory("execlaw-programs");
        try {
            Command.of(
                            "cp",
                            "-r",
                            FirecrackerBinaries.fromProperties().firecracker().getParent() + "/.",
                            open.toString())
                    .runOrThrow();
            Command.of("chmod", "-R", "a+rX", open.toString()).runOrThrow();
            Path binary = open.resolve(
                    FirecrackerBinaries.fromProperties().firecracker().getFileName());
            FirecrackerMachine machine = add(ground.driver(binary, null).create(ground.spec(97, Ground.ACCOUNT)));
            if (!Files.getPosixFilePermissions(Path.of("/dev/net/tun")).contains(PosixFilePermission.OTHERS_WRITE)) {
                // Some hosts have it for root alone; then the account is refused it, which is proof of the account.
                assertThatThrownBy(() -> machine.start(START)).hasMessageContaining("/dev/net/tun: Permission denied");
                return;
            }
            machine.start(START);
            new TestGuest(machine, 0).awaitPrompt();
            assertThat(Files.readString(Path.of("/proc/" + machine.vmm().pid() + "/status")))
                    .containsPattern("Uid:\\s70001\\s70001")
                    .containsPattern("NoNewPrivs:\\s1");
        } finally {
            Command.of("rm", "-rf", open.toString()).runOrThrow();
        }
    }

    @ParameterizedTest
    @EnumSource
    void rebootAndPanicAreToldApart(Way way) throws Exception {
        assertThat(exitAfter(way, "reboot -f")).isEqualTo(new MachineExit.Rebooted());
        assertThat(exitAfter(way, "echo c > /proc/sysrq-trigger"))
                .isInstanceOfSatisfying(
                        MachineExit.Panicked.class,
                        panic -> assertThat(panic.consoleTail())
                                .startsWith("Kernel panic - not syncing: sysrq triggered crash"));
    }

    @Test
    void killedVmmIsACrashWithItsConsole() throws Exception {
        Machine machine = started(Way.IN_A_JAIL, 82);
        new TestGuest(machine, 0).awaitPrompt().run("echo last words");
        Command.of("kill", "-9", String.valueOf(machine.vmm().pid())).runOrThrow();
        MachineExit exit = machine.exited().toCompletableFuture().get(10, SECONDS);
        assertThat(exit).isInstanceOfSatisfying(MachineExit.Crashed.class, crash -> {
            assertThat(crash.status()).isEqualTo(137);
            assertThat(crash.consoleTail()).contains("last words");
        });
        assertThat(machine.shutdown(Duration.ZERO)).isEqualTo(exit);
    }

    @Test
    void guestThatEndsInTimeIsShutDownNotKilled() throws Exception {
        Machine machine = started(Way.DIRECTLY, 83);
        TestGuest guest = new TestGuest(machine, 0).awaitPrompt();
        guest.send("sleep 1; reboot -f");
        assertThat(machine.shutdown(SOON)).isEqualTo(new MachineExit.ShutDown(false));
    }

    @Test
    void guestThatDoesNotListenIsKilledAfterTheGrace() throws Exception {
        Machine machine = started(Way.IN_A_JAIL, 84);
        new TestGuest(machine, 0).awaitPrompt().run("trap '' INT; echo 0 > /proc/sys/kernel/ctrl-alt-del");
        assertThat(machine.shutdown(Duration.ofMillis(500))).isEqualTo(new MachineExit.ShutDown(true));
        assertThat(Processes.alive(machine.vmm())).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void detachedMachineRunsOnAndIsAdopted(Way way) throws Exception {
        Machine first = started(way, 85);
        TestGuest guest = new TestGuest(first, 0).awaitPrompt();
        guest.run("x=remembered");
        guest.send("read y; echo done");
        first.detach();
        Machine second = ground.driver(way).adopt(first.spec(), first.vmm());
        machines.push(second);
        second.console().write("twenty bytes of input\n".getBytes(UTF_8));
        TestGuest again = new TestGuest(second, guest.offset()).awaitPrompt();
        assertThat(again.run("echo $x, $y")).isEqualTo("remembered, twenty bytes of input\n");
        again.send("reboot -f");
        assertThat(second.exited().toCompletableFuture().get(30, SECONDS)).isEqualTo(new MachineExit.Rebooted());
    }

    @ParameterizedTest
    @EnumSource
    void whatAKilledOwnerLeftIsInNobodysWay(Way way) throws Exception {
        Machine machine = started(way, 98);
        machine.detach();
        FirecrackerDriver driver = ground.driver(way);
        try (HostProcess vmm = HostProcess.adopt(machine.vmm()).orElseThrow()) {
            vmm.kill(SOON);
        }
        driver.clear(machine.spec().name());
        driver.clear(machine.spec().name());
        Machine again = add(driver.create(machine.spec()));
        again.start(SOON);
        again.close();
        assertThat(machine.spec().directory()).isDirectoryNotContaining("glob:**/{vmm,jail}");
    }

    @Test
    void jailsMayLieElsewhereOnTheSameFileSystem() throws Exception {
        FirecrackerBinaries binaries = FirecrackerBinaries.fromProperties();
        Path base = data.resolve("jails");
        FirecrackerDriver driver = FirecrackerDriver.open(
                new FirecrackerSettings(
                        binaries.firecracker(), Ground.jailer(), data, base, "execlaw", null, false, 1 << 20),
                new Accelerator("kvm", "said by the test"));
        Machine machine = add(driver.create(ground.spec(99, Ground.ACCOUNT)));
        machine.start(START);
        Path jail = base.resolve(binaries.firecracker().getFileName()).resolve("ses-99");
        assertThat(jail.resolve("root/a.sock")).exists();
        machine.close();
        assertThat(jail).doesNotExist();
        assertThat(machine.spec().disk().path()).exists();
    }

    @Test
    void adoptingWhatIsGoneIsAnError() throws Exception {
        Machine machine = started(Way.DIRECTLY, 86);
        machine.shutdown(Duration.ZERO);
        assertThatThrownBy(() -> ground.driver(Way.DIRECTLY).adopt(machine.spec(), machine.vmm()))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("is not alive any more");
    }

    @ParameterizedTest
    @EnumSource
    void startThatFailsSaysWhyAndLeavesNothing(Way way) throws Exception {
        MachineSpec spec = ground.spec(89, way.account());
        assertFails(way, Ground.with(spec, new Disk(data.resolve("no-such-disk"), Disk.Format.RAW)), "no-such-disk");
        assertFails(way, Ground.with(spec, new Disk(spec.disk().path(), Disk.Format.QCOW2)), "takes raw disks only");
        MachineSpec same = new MachineSpec(
                "other",
                Files.createDirectories(data.resolve("machines/other")),
                spec.boot(),
                TestGuest.disk(data),
                1,
                192,
                spec.nic(),
                spec.limits(),
                spec.account());
        assertFails(way, with(spec, "x".repeat(2100)), "bytes, Firecracker takes 2048");
        add(ground.driver(way).create(spec)).start(START);
        assertFails(way, same, "refused PUT /network-interfaces/eth0", "fctap89", "command: ");
        assertThat(same.directory()).isDirectoryNotContaining("glob:**/{console.in,vmm,jail}");
        assertThat(Processes.find(same.directory())).isEmpty();
    }

    @Test
    void userModeNetworkIsRefusedInWords() throws Exception {
        MachineSpec user = TestGuest.spec(data, TestGuest.disk(data), 1, "");
        assertFails(Way.DIRECTLY, user, "needs network.mode = tap");
    }

    @Test
    void vmmThatEndsBeforeItAnswersIsToldAtOnce() throws Exception {
        MachineSpec spec = ground.spec(90, null);
        long begin = System.nanoTime();
        Machine machine = add(
                ground.driver(wrapped("exec \"$0\" --no-such-argument"), null).create(spec));
        assertThatThrownBy(() -> machine.start(SOON))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("ended before it answered")
                .hasMessageContaining("status 153: its arguments are not valid")
                .hasMessageContaining("no-such-argument");
        assertThat(System.nanoTime() - begin).isLessThan(SOON.toNanos() / 2);
    }

    @Test
    void vmmThatNeverAnswersIsKilledAtTheDeadline() throws Exception {
        assumeDouble();
        MachineSpec spec = ground.spec(91, null);
        Machine silent = add(ground.driver(wrapped("exec sleep 1000"), null).create(spec));
        assertThatThrownBy(() -> silent.start(Duration.ofSeconds(1)))
                .hasMessageContaining("did not open its API socket in time");
        Machine deaf = add(ground.driver(wrapped("FIRECRACKER_DOUBLE_FAULT=bind-never-answer exec \"$0\" \"$@\""), null)
                .create(spec));
        assertThatThrownBy(() -> deaf.start(Duration.ofSeconds(3)))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("did not answer");
    }

    @Test
    void vmmThatIgnoresSigtermIsKilled() throws Exception {
        assumeDouble();
        MachineSpec spec = ground.spec(92, null);
        Machine machine = add(ground.driver(wrapped("FIRECRACKER_DOUBLE_FAULT=ignore-sigterm exec \"$0\" \"$@\""), null)
                .create(spec));
        machine.start(START);
        assertThat(machine.shutdown(Duration.ZERO)).isEqualTo(new MachineExit.ShutDown(true));
        assertThat(Processes.alive(machine.vmm())).isFalse();
    }

    @Test
    void manyStartAtOnce() throws Exception {
        FirecrackerDriver driver = ground.driver(Way.IN_A_JAIL);
        List<FirecrackerMachine> all = List.of(
                add(driver.create(ground.spec(93, Ground.ACCOUNT))),
                add(driver.create(ground.spec(94, Ground.ACCOUNT))),
                add(driver.create(ground.spec(95, Ground.ACCOUNT))));
        List<CompletableFuture<Void>> starts = all.stream()
                .map(machine -> {
                    CompletableFuture<Void> done = new CompletableFuture<>();
                    Thread.ofVirtual().start(() -> {
                        try {
                            machine.start(SOON);
                            done.complete(null);
                        } catch (MachineException e) {
                            done.completeExceptionally(e);
                        }
                    });
                    return done;
                })
                .toList();
        for (CompletableFuture<Void> start : starts) {
            start.get(60, SECONDS);
        }
        for (FirecrackerMachine machine : all) {
            assertThat(machine.api().ask(new Query.Instance()).id().text())
                    .isEqualTo(machine.spec().name());
        }
    }

    private static MachineSpec with(MachineSpec spec, String arguments) {
        return new MachineSpec(
                spec.name(),
                spec.directory(),
                new Boot(spec.boot().kernel(), spec.boot().initramfs(), arguments),
                spec.disk(),
                spec.vcpus(),
                spec.memoryMiB(),
                spec.nic(),
                spec.limits(),
                spec.account());
    }

    private void assertFails(Way way, MachineSpec spec, String... words) throws MachineException {
        Machine machine = add(ground.driver(way).create(spec));
        assertThatThrownBy(() -> machine.start(START))
                .isInstanceOf(MachineException.class)
                .hasMessageContainingAll(words);
    }

    /** A program that tells the version and does something else than the VMM, which it has as {@code $0}. */
    private Path wrapped(String shell) throws IOException {
        Path script = Files.createTempFile(data, "wrapped", "");
        Files.writeString(
                script,
                "#!/bin/sh\nreal=" + FirecrackerBinaries.fromProperties().firecracker()
                        + "\ncase \"$1\" in --version | --snapshot-version) exec \"$real\" \"$1\" ;; esac\n"
                        + shell.replace("\"$0\"", "\"$real\"") + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
    }

    private MachineExit exitAfter(Way way, String command) throws Exception {
        Machine machine = started(way, 96);
        new TestGuest(machine, 0).awaitPrompt().send(command);
        MachineExit exit = machine.exited().toCompletableFuture().get(60, SECONDS);
        machine.close();
        Files.delete(machine.spec().directory().resolve("console.log"));
        return exit;
    }

    private FirecrackerMachine started(Way way, int index) throws Exception {
        FirecrackerMachine machine = add(ground.driver(way).create(ground.spec(index, way.account())));
        machine.start(START);
        return machine;
    }

    private FirecrackerMachine add(FirecrackerMachine machine) {
        machines.push(machine);
        return machine;
    }
}
