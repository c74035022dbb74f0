package dev.execlaw.microvm.wake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.TestImage;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.qemu.QemuDriver;
import dev.execlaw.microvm.qemu.QemuSettings;
import dev.execlaw.microvm.qemu.TestGuest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real image, booted once and saved, and clones of it that wake as someone else. */
@Timeout(300)
class RealGuestTest {

    static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Slot FIRST = NetworkPrefix.DEFAULT.slot(0);
    private static final String KEY = "/etc/ssh/ssh_host_ed25519_key";

    @TempDir
    private Path directory;

    private final Deque<Machine> machines = new ArrayDeque<>();
    private QemuDriver driver;
    private Image image;

    @BeforeEach
    void open() throws Exception {
        driver = QemuDriver.open(QemuSettings.of(directory, null));
        image = TestImage.debian();
    }

    @AfterEach
    void close() {
        machines.forEach(Machine::close);
    }

    private MachineSpec spec(String name, Slot slot, Disk disk, Memory memory) {
        Path own = directory.resolve(name);
        String arguments = "console=ttyS0 reboot=k panic=1 pci=off root=/dev/vda rw ip=" + FIRST.guest() + "::"
                + FIRST.gateway() + ":" + FIRST.netmask() + ":nullclaw:eth0:off " + driver.kernelArguments();
        return new MachineSpec(
                name,
                own,
                new MachineSpec.Boot(image.kernel(), image.initramfs(), arguments),
                disk,
                2,
                512,
                new MachineSpec.Nic.User(slot, own.resolve("gw.sock"), 8787),
                Limits.NONE,
                null,
                memory);
    }

    private Machine started(MachineSpec spec) throws Exception {
        Machine machine = driver.create(spec);
        machines.push(machine);
        machine.start(DEADLINE);
        return machine;
    }

    SavedState template() throws Exception {
        Path own = Files.createDirectory(directory.resolve("template"));
        Disk disk = driver.layer(new Disk(image.rootfs(), Disk.Format.RAW), own.resolve("disk.qcow2"));
        try (Machine machine = started(spec("template", FIRST, disk, new Memory.Recorded(own.resolve("memory"))));
                TestGuest guest = new TestGuest(machine, 0).awaitPrompt()) {
            assertThat(guest.run("getent ahostsv4 gateway.local")).startsWith(FIRST.gateway() + " ");
            guest.run("systemctl is-system-running --wait; echo '10.9.9.9 mine' >> /etc/hosts; counted=1");
            new WakePort(machine).settle(DEADLINE);
            machine.pause();
            return machine.save(own, driver.layer(machine.disk(), own.resolve("next.qcow2")));
        }
    }

    Machine clone(String name, int slot, SavedState template) throws Exception {
        Path own = Files.createDirectory(directory.resolve(name));
        Disk base = new Disk(template.template().resolve("disk.qcow2"), Disk.Format.QCOW2);
        Disk disk = driver.layer(base, own.resolve("layer-0001.qcow2"));
        return started(spec(name, NetworkPrefix.DEFAULT.slot(slot), disk, new Memory.Saved(template)));
    }

    Wake identity(String name, int slot, boolean release, GuestFile... more) throws Exception {
        Path key = directory.resolve(name + ".key");
        ProcessBuilder keygen =
                new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key.toString());
        assertThat(keygen.start().waitFor()).isZero();
        List<GuestFile> files = new ArrayList<>(List.of(more));
        files.add(new GuestFile(KEY, Files.readAllBytes(key), 0600));
        files.add(new GuestFile(KEY + ".pub", Files.readAllBytes(publicKey(name)), 0644));
        String id = "%032x".formatted(slot + 1);
        return new Wake(new Identity(NetworkPrefix.DEFAULT.slot(slot), name, id), files, release);
    }

    private Path publicKey(String name) {
        return directory.resolve(name + ".key.pub");
    }

    @Test
    void clonesAreEveryoneSomeoneElse() throws Exception {
        SavedState template = template();
        Seen a = seen("clone-a", 5, template);
        Seen b = seen("clone-b", 6, template);
        assertThat(a.random()).isNotEqualTo(b.random());
        assertThat(a.boot()).isNotEqualTo(b.boot()).hasSize(36);
        waitingAgent(clone("clone-c", 7, template));
    }

    private record Seen(String random, String boot) {}

    private Seen seen(String name, int number, SavedState template) throws Exception {
        Slot slot = NetworkPrefix.DEFAULT.slot(number);
        Machine machine = clone(name, number, template);
        Wake wake = identity(name, number, false);
        new WakePort(machine).wake(wake, DEADLINE);
        TestGuest guest = new TestGuest(machine, 0);
        double before = Instant.now().toEpochMilli();
        double clock = Double.parseDouble(guest.run("date +%s%3N").strip());
        assertThat(clock).isBetween(before - 50, Instant.now().toEpochMilli() + 50.0);
        assertThat(guest.run("echo $counted; hostname; cat /etc/machine-id /run/machine-id; systemd-id128 machine-id"))
                .isEqualTo("1\n" + name + "\n" + ("%032x".formatted(number + 1) + "\n").repeat(3));
        assertThat(guest.run("ip -4 -br addr show eth0; ip -br link show eth0; ip route show default"))
                .contains(slot.guest() + "/30", slot.mac().toLowerCase(Locale.ROOT), "via " + slot.gateway())
                .doesNotContain(FIRST.guest() + "/");
        assertThat(guest.run("getent ahostsv4 gateway.execlaw; getent ahostsv4 mine; getent ahostsv4 " + name))
                .contains(slot.gateway() + " ", "10.9.9.9 ", "127.0.1.1 ");
        // What the SSH server shows is the key that was given, by a link into memory.
        String key = Files.readString(publicKey(name)).strip();
        assertThat(guest.run("ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null")).contains(key);
        assertThat(guest.run("/usr/local/lib/execlaw/host-key | tr '\\t' ' '")).contains(key);
        assertThat(guest.run("findmnt -no FSTYPE -T $(readlink " + KEY + ")")).isEqualTo("tmpfs\n");
        assertThat(guest.run("systemctl --failed --no-legend; systemctl list-timers --no-legend"))
                .isEmpty();
        // Told again, nothing changes.
        String boot = guest.run("cat /proc/sys/kernel/random/boot_id").strip();
        new WakePort(machine).wake(wake, DEADLINE);
        assertThat(guest.run("cat /proc/sys/kernel/random/boot_id").strip()).isEqualTo(boot);
        return new Seen(guest.run("head -c 16 /dev/urandom | od -An -tx1").strip(), boot);
    }

    private void waitingAgent(Machine machine) throws Exception {
        TestGuest guest = new TestGuest(machine, 0);
        String config = "{\"agents\": {\"defaults\": {\"model\": {\"primary\": \"a/b\"}}}, \"models\": {\"providers\":"
                + " {\"a\": {\"base_url\": \"http://gateway.execlaw:8787/s/x/v1\"}}}}";
        guest.send("stty -echo; EXECLAW_WAIT=" + Wake.GATE + " nullclaw agent");
        GuestFile file = new GuestFile("/root/.nullclaw/config.json", config.getBytes(UTF_8), 0600);
        new WakePort(machine).wake(identity("clone-c", 7, true, file), DEADLINE);
        machine.console().write("/exit\n".getBytes(UTF_8));
        guest.awaitPrompt();
        assertThat(guest.output()).contains("Type your message (Ctrl+D or 'exit' to quit):", "> ");
    }
}
