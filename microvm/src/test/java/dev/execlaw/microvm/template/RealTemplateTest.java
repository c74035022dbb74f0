package dev.execlaw.microvm.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.firecracker.FirecrackerBinaries;
import dev.execlaw.microvm.firecracker.FirecrackerDriver;
import dev.execlaw.microvm.firecracker.FirecrackerSettings;
import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.SparseFile;
import dev.execlaw.microvm.image.TestImage;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.Account;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.Processes;
import dev.execlaw.microvm.qemu.QemuDriver;
import dev.execlaw.microvm.qemu.QemuSettings;
import dev.execlaw.microvm.template.TemplateOrder.Network;
import dev.execlaw.microvm.wake.Identity;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.microvm.wake.WakePort;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A template of the real image, and a clone of it; both by VMMs with accounts of their own, where they can. */
class RealTemplateTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Account ACCOUNT = new Account(70_087, 70_087);
    private static final Account CLONES = new Account(70_088, 70_088);
    private static final Slot HOME = NetworkPrefix.DEFAULT.slot(0);
    private static final Slot OTHER = NetworkPrefix.DEFAULT.slot(5);

    /** Waits as an agent does, and tells who it is only after its release. */
    private static final String AGENT = "stty -echo; mkdir -p /run/execlaw; mkfifo /run/execlaw/go 2>/dev/null;"
            + " ( : </run/execlaw/go && exec sh -c 'hostname; ip -o -4 addr show dev eth0; cat /root/own' )\n";

    @TempDir
    Path data;

    /** What runs the machines, and how their network card is connected. */
    enum Way {
        QEMU_USER,
        QEMU_TAP,
        FIRECRACKER,
        FIRECRACKER_JAILED;

        Network network() {
            return this == QEMU_USER ? Network.USER : Network.TAP;
        }

        /** None where the VMM itself opens the TAP device, which is root's on some hosts. */
        @Nullable
        Account account(Account wanted) {
            return this == FIRECRACKER ? null : wanted;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCloneGoesOnWhereItsTemplateWaits(Way way) throws Exception {
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        Driver driver = driver(way);
        TemplateStore store = new TemplateStore(data);
        Template template =
                new TemplateBuilder(store, driver, Progress.NONE, TemplateTimings.DEFAULT).build(order(way), false);

        assertThat(store.verify(template)).isEmpty();
        assertThat(Processes.find(store.directory())).isEmpty();
        assertThat(Command.of("ip", "-o", "link").runOrThrow().stdout().lines()).hasSize(1);
        assertThat(Files.getAttribute(template.state().memory(), "unix:uid"))
                .isEqualTo(Files.getAttribute(data, "unix:uid"));
        long onDisk = ImageStore.bytesOnDisk(template.state().memory());
        assertThat(onDisk).isBetween(1L << 20, Files.size(template.state().memory()) / 2);
        String before = SparseFile.digest(template.state().memory());

        try (Machine clone = driver.create(clone(driver, template, way))) {
            clone.start(PATIENCE);
            Wake wake = new Wake(
                    new Identity(OTHER, "someone-else", "0123456789abcdef0123456789abcdef"),
                    List.of(new GuestFile("/root/own", "what only it has\n".getBytes(StandardCharsets.UTF_8), 0600)),
                    true);
            new WakePort(clone).wake(wake, PATIENCE);
            assertThat(until(clone.console(), "what only it has"))
                    .contains("someone-else")
                    .contains(OTHER.guest() + "/30")
                    .doesNotContain(HOME.guest() + "/");
            Account account = way.account(CLONES);
            assertThat(status(clone, "Uid")).containsOnly(account == null ? "0" : String.valueOf(account.uid()));
        }
        assertThat(SparseFile.digest(template.state().memory())).isEqualTo(before);
        assertThat(store.verify(template)).isEmpty();
    }

    @Test
    void anAgentThatIsNotThereIsNoTemplateAndNothingIsLeft() throws Exception {
        Driver driver = driver(Way.QEMU_USER);
        TemplateStore store = new TemplateStore(data);
        TemplateOrder order = order(Way.QEMU_USER);
        TemplateOrder wrong = new TemplateOrder(
                order.image(), 2, 512, Network.USER, HOME, "no-such-agent\n", Limits.NONE, order.account());

        assertThatThrownBy(() ->
                        new TemplateBuilder(store, driver, Progress.NONE, TemplateTimings.DEFAULT).build(wrong, false))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("ended with status 127")
                .hasMessageContaining("no-such-agent");
        assertThat(store.list()).isEmpty();
        assertThat(store.leftovers()).isEmpty();
        assertThat(Processes.find(store.directory())).isEmpty();
    }

    private Driver driver(Way way) throws Exception {
        FirecrackerBinaries firecracker = FirecrackerBinaries.fromProperties();
        return switch (way) {
            case QEMU_USER, QEMU_TAP ->
                QemuDriver.open(QemuSettings.of(Files.createDirectories(data.resolve("cache")), null));
            case FIRECRACKER -> firecracker(firecracker.firecracker(), null);
            case FIRECRACKER_JAILED -> {
                assumeTrue(firecracker.jailer().isPresent(), "there is no jailer");
                yield firecracker(
                        firecracker.firecracker(), firecracker.jailer().orElseThrow());
            }
        };
    }

    private Driver firecracker(Path binary, @Nullable Path jailer) throws Exception {
        return FirecrackerDriver.open(
                FirecrackerSettings.of(binary, jailer, data), new Driver.Accelerator("kvm", "said by the test"));
    }

    private static List<String> status(Machine machine, String field) throws Exception {
        Path status = Path.of("/proc/" + machine.vmm().pid() + "/status");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith(field + ":"))
                .flatMap(line ->
                        Stream.of(line.substring(field.length() + 1).strip().split("\\s+")))
                .toList();
    }

    private static TemplateOrder order(Way way) throws Exception {
        Image image = TestImage.debian();
        return new TemplateOrder(image, 2, 512, way.network(), HOME, AGENT, Limits.NONE, way.account(ACCOUNT));
    }

    private MachineSpec clone(Driver driver, Template template, Way way) throws Exception {
        Path directory = Files.createDirectories(data.resolve("machines/clone"));
        Disk disk = driver.layer(template.disk(), directory.resolve("layer-0000.qcow2"));
        MachineSpec.Nic nic = switch (way.network()) {
            case TAP -> new MachineSpec.Nic.Tap(OTHER, true);
            case USER -> new MachineSpec.Nic.User(OTHER, directory.resolve("gw.sock"), 8787);
        };
        TemplateOrder order = order(way);
        return new MachineSpec(
                "test-clone",
                directory,
                order.boot(),
                disk,
                2,
                512,
                nic,
                Limits.NONE,
                way.account(CLONES),
                new Memory.Saved(template.state()));
    }

    private static String until(Console console, String text) throws Exception {
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        long end = System.nanoTime() + PATIENCE.toNanos();
        try (Console.Reader reader = console.reader(0)) {
            while (!seen.toString(StandardCharsets.UTF_8).contains(text)) {
                int count = reader.read(buffer, Duration.ofNanos(Math.max(0, end - System.nanoTime())));
                assertThat(count).as("console bytes; seen: " + seen).isPositive();
                seen.write(buffer, 0, count);
            }
        }
        return seen.toString(StandardCharsets.UTF_8);
    }
}
