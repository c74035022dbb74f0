package dev.execlaw.microvm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.linux.TestNamespace;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.network.Destination;
import dev.execlaw.microvm.network.EgressPolicy;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.network.TapNetwork;
import dev.execlaw.microvm.network.TapSettings;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two real machines on TAP devices, with an "internet" behind the host. */
@Timeout(240)
class TapGuestsTest {

    private static final String HOST = "198.51.100.1";
    private static final String INTERNET = "198.51.100.2";
    private static final String INTERNET_ALSO = "203.0.113.5";
    private static final Slot A = NetworkPrefix.DEFAULT.slot(301);
    private static final Slot B = NetworkPrefix.DEFAULT.slot(302);

    @TempDir
    private Path directory;

    @Test
    void machinesReachTheInternetAndTheirGatewayButNotEachOther() throws Exception {
        QemuDriver driver = QemuDriver.open(QemuSettings.of(directory, null));
        try (TestNamespace outside = internet();
                ServerSocket web = greeter(outside.in(() -> new ServerSocket(80, 5, InetAddress.getByName(INTERNET))));
                ServerSocket also =
                        greeter(outside.in(() -> new ServerSocket(80, 5, InetAddress.getByName(INTERNET_ALSO))));
                TapNetwork network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, directory))) {
            assertThat(also.isBound()).isTrue();
            network.attach(A, null, new EgressPolicy.Internet());
            network.attach(B, null, new EgressPolicy.Internet());
            try (ServerSocket gateway = greeter(new ServerSocket(8787, 5, InetAddress.getByName(A.gateway())));
                    Machine first = started(driver, A);
                    Machine second = started(driver, B);
                    TestGuest a = new TestGuest(first, 0).awaitPrompt();
                    TestGuest b = new TestGuest(second, 0).awaitPrompt()) {
                assertThat(gateway.isBound() && web.isBound()).isTrue();
                assertThat(a.run("nc -w 5 " + INTERNET + " 80 </dev/null")).isEqualTo("hello " + HOST + "\n");
                assertThat(a.run("nc -w 5 " + A.gateway() + " 8787 </dev/null")).isEqualTo("hello " + A.guest() + "\n");
                assertThat(b.run("nc -w 5 " + INTERNET + " 80 </dev/null")).isEqualTo("hello " + HOST + "\n");

                b.send("nc -l -p 9000 >/tmp/heard");
                long dropped = network.traffic(A).droppedPackets();
                assertThat(a.run("nc -w 1 " + B.guest() + " 9000 </dev/null || echo cut"))
                        .contains("cut");
                assertThat(a.run("ping -c 2 -W 1 " + B.guest())).contains("100% packet loss");
                assertThat(a.run("ping -c 1 -W 1 " + A.gateway())).contains("100% packet loss");
                assertThat(network.traffic(A).droppedPackets()).isGreaterThanOrEqualTo(dropped + 4);
                // The listener of the other guest is there: the host itself reaches it.
                try (Socket socket = new Socket(B.guest(), 9000)) {
                    socket.getOutputStream().write("from the host\n".getBytes(UTF_8));
                }
                assertThat(b.awaitPrompt().run("cat /tmp/heard")).isEqualTo("from the host\n");

                network.change(A, new EgressPolicy.Allowlist(List.of(Destination.parse(INTERNET_ALSO))));
                assertThat(a.run("nc -w 1 " + INTERNET + " 80 </dev/null || echo cut"))
                        .contains("cut");
                assertThat(a.run("nc -w 5 " + INTERNET_ALSO + " 80 </dev/null")).isEqualTo("hello " + HOST + "\n");
            }
            network.detach(A);
            network.detach(B);
            network.release();
        } finally {
            Command.of("ip", "link", "delete", "out1").runOrThrow();
        }
    }

    private static TestNamespace internet() throws Exception {
        TestNamespace outside = TestNamespace.open();
        Command.of("ip", "link", "add", "out1", "type", "veth", "peer", "name", "eth0", "netns", outside.path())
                .runOrThrow();
        Command.of("ip", "addr", "add", HOST + "/24", "dev", "out1").runOrThrow();
        Command.of("ip", "link", "set", "out1", "up").runOrThrow();
        Command.of("ip", "route", "add", "default", "via", INTERNET).runOrThrow();
        outside.command("ip", "addr", "add", INTERNET + "/24", "dev", "eth0");
        outside.command("ip", "addr", "add", INTERNET_ALSO + "/24", "dev", "eth0");
        outside.command("ip", "link", "set", "eth0", "up");
        return outside;
    }

    private Machine started(QemuDriver driver, Slot slot) throws Exception {
        Path own = Files.createDirectory(directory.resolve("m" + slot.index()));
        MachineSpec spec = new MachineSpec(
                "tap-" + slot.index(),
                own,
                new Boot(
                        TestGuest.kernel(),
                        TestGuest.FILES.resolve("initramfs"),
                        "console=ttyS0 reboot=k panic=1 pci=off ip=" + slot.guest() + "::" + slot.gateway() + ":"
                                + slot.netmask() + ":nullclaw:eth0:off " + driver.kernelArguments()),
                TestGuest.disk(own),
                1,
                192,
                new Nic.Tap(slot),
                Limits.NONE,
                null);
        Machine machine = driver.create(spec);
        try {
            machine.start(TestGuest.START);
        } catch (Exception e) {
            machine.close();
            throw e;
        }
        return machine;
    }

    /** Tells everyone who comes where he came from. */
    private static ServerSocket greeter(ServerSocket server) {
        Thread.ofPlatform().daemon(true).name("greeter").start(() -> {
            while (!server.isClosed()) {
                try (Socket peer = server.accept()) {
                    String greeting = "hello " + peer.getInetAddress().getHostAddress() + "\n";
                    peer.getOutputStream().write(greeting.getBytes(UTF_8));
                } catch (IOException e) {
                    if (!server.isClosed()) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        });
        return server;
    }
}
