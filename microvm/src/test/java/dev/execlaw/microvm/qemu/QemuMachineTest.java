package dev.execlaw.microvm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The driver against a real QEMU and a real kernel. */
@Timeout(180)
class QemuMachineTest {

    @TempDir
    private Path directory;

    private QemuDriver driver;
    private final Deque<Machine> machines = new ArrayDeque<>();

    @BeforeEach
    void open() throws Exception {
        // Without a kernel to probe with the driver takes software emulation: the same everywhere.
        driver = QemuDriver.open(QemuSettings.of(directory, null));
    }

    @AfterEach
    void closeAllAndProveIt() throws Exception {
        machines.forEach(Machine::close);
        assertThat(Processes.find(directory)).isEmpty();
        assertThat(directory.resolve("console.in")).doesNotExist();
        assertThat(directory.resolve("qmp.sock")).doesNotExist();
    }

    @Test
    void bootsToItsPromptAndRunsCommands() throws Exception {
        Machine machine = started(2, "");
        TestGuest guest = new TestGuest(machine, 0).awaitPrompt();
        assertThat(guest.run("uname -m; false")).isEqualTo("x86_64\n");
        assertThat(guest.status()).isEqualTo(1);
        assertThat(guest.run("nproc")).isEqualTo("2\n");
        // The kernel takes tsc-early until it has calibrated the other one, which a busy host delays.
        assertThat(guest.run(
                        "cd /sys/devices/system/clocksource/clocksource0; n=0; until grep -qx tsc current_clocksource"
                                + " || [ $n -ge 200 ]; do n=$((n + 1)); usleep 100000; done; cat current_clocksource"))
                .isEqualTo("tsc\n");
        assertThat(machine.console().tail(1000)).contains("tsc").doesNotContain("\033");
    }

    @Test
    void oneProcessorBootsToo() throws Exception {
        assertThat(new TestGuest(started(1, ""), 0).awaitPrompt().run("nproc")).isEqualTo("1\n");
    }

    @Test
    void powerOffRebootAndPanicAreToldApartFromACrash() throws Exception {
        assertThat(exitAfter("poweroff -f")).isEqualTo(new MachineExit.PoweredOff());
        assertThat(exitAfter("reboot -f")).isEqualTo(new MachineExit.Rebooted());
        assertThat(exitAfter("echo c > /proc/sysrq-trigger")).isEqualTo(new MachineExit.Rebooted());
    }

    @Test
    void killedVmmIsACrashWithItsConsole() throws Exception {
        Machine machine = started(1, "");
        new TestGuest(machine, 0).awaitPrompt().run("echo last words");
        Command.of("kill", "-9", String.valueOf(machine.vmm().pid())).runOrThrow();
        MachineExit exit = machine.exited().toCompletableFuture().get(10, SECONDS);
        assertThat(exit).isInstanceOfSatisfying(MachineExit.Crashed.class, crash -> {
            assertThat(crash.status()).isEqualTo(137);
            assertThat(crash.consoleTail()).contains("last words");
        });
        assertThat(machine.shutdown(Duration.ZERO)).isEqualTo(exit);
        byte[] rest = new byte[1 << 16];
        var reader = machine.console().reader(0);
        while (reader.read(rest, Duration.ofSeconds(1)) > 0) {}
        assertThat(reader.read(rest, Duration.ofSeconds(1))).isEqualTo(-1);
    }

    @Test
    void shutdownPressesThePowerButton() throws Exception {
        Machine machine = started(1, "");
        new TestGuest(machine, 0).awaitPrompt();
        assertThat(machine.shutdown(Duration.ofSeconds(30)))
                .as(() -> machine.console().tail(1000))
                .isEqualTo(new MachineExit.ShutDown(false));
    }

    @Test
    void guestThatDoesNotListenIsKilledAfterTheGrace() throws Exception {
        Machine machine = started(1, "deaf");
        new TestGuest(machine, 0).awaitPrompt();
        assertThat(machine.shutdown(Duration.ofMillis(500))).isEqualTo(new MachineExit.ShutDown(true));
        assertThat(Processes.alive(machine.vmm())).isFalse();
    }

    @Test
    void detachedMachineRunsOnAndIsAdopted() throws Exception {
        Machine first = started(2, "");
        TestGuest guest = new TestGuest(first, 0).awaitPrompt();
        guest.run("x=remembered");
        guest.send("read y; echo done");
        first.detach();
        Machine second = QemuDriver.open(QemuSettings.of(directory, null)).adopt(first.spec(), first.vmm());
        machines.push(second);
        second.console().write("twenty bytes of input\n".getBytes(UTF_8));
        TestGuest again = new TestGuest(second, guest.offset()).awaitPrompt();
        assertThat(again.run("echo $x, $y")).isEqualTo("remembered, twenty bytes of input\n");
        assertThat(second.vmm()).isEqualTo(first.vmm());
        again.send("poweroff -f");
        assertThat(second.exited().toCompletableFuture().get(30, SECONDS)).isEqualTo(new MachineExit.PoweredOff());
    }

    @Test
    void adoptingWhatIsGoneIsAnError() throws Exception {
        Machine machine = started(1, "");
        machine.shutdown(Duration.ZERO);
        assertThatThrownBy(() -> driver.adopt(machine.spec(), machine.vmm()))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("is not alive any more");
    }

    @Test
    void floodArrivesWhole() throws Exception {
        TestGuest guest = new TestGuest(started(2, ""), 0).awaitPrompt();
        guest.run("stty -onlcr < /dev/console");
        String flood = guest.run("seq 100000 250000");
        StringBuilder expected = new StringBuilder();
        for (int i = 100_000; i <= 250_000; i++) {
            expected.append(i).append('\n');
        }
        assertThat(flood.length()).isGreaterThan(1 << 20);
        int difference =
                Arrays.mismatch(flood.getBytes(UTF_8), expected.toString().getBytes(UTF_8));
        assertThat(difference)
                .as(() -> "differs at: " + flood.substring(difference, Math.min(flood.length(), difference + 100)))
                .isEqualTo(-1);
    }

    @Test
    void guestReachesTheGatewayAndNothingElse() throws Exception {
        MachineSpec spec = TestGuest.spec(directory, TestGuest.disk(directory), 2, driver.kernelArguments());
        try (ServerSocketChannel gateway = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                ServerSocketChannel host = ServerSocketChannel.open()) {
            gateway.bind(UnixDomainSocketAddress.of(directory.resolve("gw.sock")));
            host.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 8788));
            Thread.ofVirtual().start(() -> echo(gateway));
            Thread.ofVirtual().start(() -> echo(host));
            TestGuest guest = new TestGuest(started(spec), 0).awaitPrompt();
            String at = TestGuest.SLOT.gateway();
            for (int i = 0; i < 3; i++) {
                assertThat(guest.run("echo ping " + i + " | nc " + at + " 8787"))
                        .isEqualTo("host says ping " + i + "\n");
            }
            UserNetwork network = new UserNetwork(TestGuest.SLOT);
            for (String other : List.of(at + " 8788", network.host() + " 8788", "127.0.0.1 8788", "192.0.2.1 80")) {
                guest.run("echo ping | nc -w 3 " + other);
                assertThat(guest.status()).as(other).isEqualTo(1);
            }
        }
    }

    @Test
    void startThatFailsSaysWhyAndLeavesNothing() throws Exception {
        MachineSpec spec = TestGuest.spec(
                directory, new MachineSpec.Disk(directory.resolve("no-such-disk"), MachineSpec.Disk.Format.RAW), 1, "");
        Machine machine = driver.create(spec);
        machines.push(machine);
        assertThatThrownBy(() -> machine.start(TestGuest.START))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("exit status 1")
                .hasMessageContaining("no-such-disk")
                .hasMessageContaining("-M microvm");
    }

    @Test
    void deepDirectoriesAreNoObstacle() throws Exception {
        Path deep = directory.resolve("d".repeat(60)).resolve("e".repeat(60));
        Files.createDirectories(deep);
        MachineSpec plain = TestGuest.spec(directory, TestGuest.disk(directory), 1, driver.kernelArguments());
        started(new MachineSpec("deep", deep, plain.boot(), plain.disk(), 1, 192, plain.nic(), Limits.NONE, null));
    }

    private MachineExit exitAfter(String command) throws Exception {
        Machine machine = started(1, "");
        new TestGuest(machine, machine.console().begin()).awaitPrompt().send(command);
        MachineExit exit = machine.exited().toCompletableFuture().get(30, SECONDS);
        machine.close();
        Files.delete(directory.resolve("console.log"));
        return exit;
    }

    private Machine started(int vcpus, String more) throws Exception {
        return started(
                TestGuest.spec(directory, TestGuest.disk(directory), vcpus, driver.kernelArguments() + " " + more));
    }

    private Machine started(MachineSpec spec) throws Exception {
        Machine machine = driver.create(spec);
        machines.push(machine);
        machine.start(TestGuest.START);
        return machine;
    }

    /** Answers one line per connection and closes; the guest's end must see that close at once. */
    private static void echo(ServerSocketChannel server) {
        List<SocketChannel> open = new ArrayList<>();
        try {
            while (true) {
                SocketChannel connection = server.accept();
                open.add(connection);
                ByteBuffer line = ByteBuffer.allocate(100);
                connection.read(line);
                connection.write(ByteBuffer.wrap(
                        ("host says " + new String(line.array(), 0, line.position(), UTF_8)).getBytes(UTF_8)));
                connection.close();
            }
        } catch (AsynchronousCloseException e) {
            assertThat(open).isNotNull();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
