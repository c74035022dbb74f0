package dev.execlaw.microvm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.cgroup.Cgroups;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.process.Account;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandResult;
import dev.execlaw.microvm.process.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a daemon of root's has around a machine with an account: a private data directory, an image in it, a TAP device
 * of the account's, a cgroup where this host has cgroup2. Closing proves that nothing is left.
 */
final class ConfinedHost implements AutoCloseable {

    static final Account ACCOUNT = new Account(70_077, 70_078);
    static final int PORT = 8787;

    /** How the guest is connected. */
    enum Wire {
        USER,
        TAP
    }

    final Path data;
    final Path machine;
    final Path secret;
    final QemuDriver driver;
    private final Wire wire;
    private final Optional<Path> cgroup;
    private final Deque<Machine> machines = new ArrayDeque<>();
    private final Map<ServerSocketChannel, Thread> gateways = new LinkedHashMap<>();

    ConfinedHost(Path data, Wire wire) throws Exception {
        this.data = data;
        this.wire = wire;
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        this.machine = directory("machines/m");
        directory("images");
        directory("run");
        directory("machines/other");
        this.secret = data.resolve("machines/other/disk.raw");
        Files.writeString(secret, "another's");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-rw-rw-"));
        this.cgroup = Cgroups.mount()
                .filter(Files::isWritable)
                .map(mount ->
                        mount.resolve("execlaw-test-" + ProcessHandle.current().pid()));
        if (wire == Wire.TAP) {
            tap();
        }
        this.driver = open();
    }

    private Path directory(String name) throws IOException {
        Path directory = Files.createDirectories(data.resolve(name));
        return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    private static void tap() throws Exception {
        String tap = TestGuest.SLOT.tap();
        Command.of("ip", "tuntap", "add", "dev", tap, "mode", "tap", "user", String.valueOf(ACCOUNT.uid()))
                .runOrThrow();
        Command.of("ip", "address", "add", TestGuest.SLOT.gateway() + "/30", "dev", tap)
                .runOrThrow();
        Command.of("ip", "link", "set", tap, "up").runOrThrow();
    }

    /** The driver as a daemon that starts opens it. */
    QemuDriver open() throws Exception {
        QemuSettings settings = QemuSettings.of(data, null);
        return QemuDriver.open(cgroup.map(settings::withCgroupParent).orElse(settings));
    }

    Path socket() {
        return data.resolve("run/m.sock");
    }

    /** A machine over a copy-on-write clone of an image. */
    MachineSpec spec(String more) throws Exception {
        Path base = data.resolve("images/base.raw");
        if (!Files.exists(base)) {
            Files.write(base, "from the image ".getBytes(UTF_8));
            try (var file = new java.io.RandomAccessFile(base.toFile(), "rw")) {
                file.setLength(16 << 20);
            }
            Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("r--r--r--"));
        }
        Path disk = machine.resolve("disk.qcow2");
        Disk clone = Files.exists(disk)
                ? new Disk(disk, Disk.Format.QCOW2)
                : new Overlay().clone(base, machine).orElseThrow().disk();
        return spec(clone, Limits.NONE, more);
    }

    MachineSpec spec(Disk disk, Limits limits, String more) {
        MachineSpec plain = TestGuest.spec(machine, disk, 2, driver.kernelArguments() + " " + more);
        Nic nic = switch (wire) {
            case USER -> new Nic.User(TestGuest.SLOT, socket(), PORT);
            case TAP -> new Nic.Tap(TestGuest.SLOT);
        };
        return new MachineSpec("confined-m", machine, plain.boot(), disk, 2, 192, nic, limits, ACCOUNT);
    }

    Machine started(MachineSpec spec) throws Exception {
        Machine started = create(spec);
        started.start(TestGuest.START);
        return started;
    }

    Machine create(MachineSpec spec) {
        Machine created = driver.create(spec);
        machines.push(created);
        return created;
    }

    void closeLater(Machine adopted) {
        machines.push(adopted);
    }

    /** Begins to listen where the guest finds its gateway: a new socket each time. */
    void listen() throws IOException {
        ServerSocketChannel gateway;
        if (wire == Wire.USER) {
            Files.deleteIfExists(socket());
            gateway = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            gateway.bind(UnixDomainSocketAddress.of(socket()));
            Files.setPosixFilePermissions(socket(), PosixFilePermissions.fromString("rw-------"));
        } else {
            gateway = ServerSocketChannel.open();
            gateway.bind(new InetSocketAddress(TestGuest.SLOT.gateway(), PORT));
        }
        gateways.put(gateway, Thread.ofVirtual().start(() -> answer(gateway)));
    }

    void hangUp() throws Exception {
        for (Map.Entry<ServerSocketChannel, Thread> gateway : gateways.entrySet()) {
            gateway.getKey().close();
            // Only when none is in its call any more the socket is gone.
            assertThat(gateway.getValue().join(Duration.ofSeconds(10))).isTrue();
        }
        gateways.clear();
    }

    private static void answer(ServerSocketChannel gateway) {
        try {
            while (true) {
                try (SocketChannel connection = gateway.accept()) {
                    ByteBuffer line = ByteBuffer.allocate(100);
                    connection.read(line);
                    String text = "host says " + new String(line.array(), 0, line.position(), UTF_8);
                    connection.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
                }
            }
        } catch (AsynchronousCloseException e) {
            assertThat(gateway.isOpen()).isFalse();
        } catch (ClosedChannelException e) {
            assertThat(gateway.isOpen()).isFalse();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a process in the VMM's place could do: its view, its account, none of root's rights. */
    static CommandResult asVmm(Machine machine, String script) throws Exception {
        return Command.of(
                        "nsenter",
                        "--mount",
                        "--target",
                        String.valueOf(machine.vmm().pid()),
                        "setpriv",
                        "--reuid",
                        String.valueOf(ACCOUNT.uid()),
                        "--regid",
                        String.valueOf(ACCOUNT.gid()),
                        "--clear-groups",
                        "--bounding-set=-all",
                        "--inh-caps=-all",
                        "--no-new-privs",
                        "--",
                        "sh",
                        "-c",
                        script)
                .run();
    }

    /** The cgroup of machines; empty where this host has no cgroup2. */
    Optional<Path> cgroup() {
        return cgroup;
    }

    @Override
    public void close() throws Exception {
        machines.forEach(Machine::close);
        hangUp();
        if (wire == Wire.TAP) {
            Command.of("ip", "link", "delete", TestGuest.SLOT.tap()).runOrThrow();
        }
        if (cgroup.isPresent()) {
            Cgroups cgroups = driver.cgroups().orElseThrow();
            Set<String> left = cgroups.present();
            for (String name : left) {
                cgroups.remove(name, Duration.ofSeconds(10));
            }
            Files.delete(cgroup.get());
            assertThat(left).isEmpty();
        }
        assertThat(Processes.find(data)).isEmpty();
        for (String name : List.of("console.in", "control", "view", "view.mounts")) {
            assertThat(machine.resolve(name)).doesNotExist();
        }
    }
}
