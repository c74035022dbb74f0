package dev.execlaw.microvm.firecracker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.execlaw.microvm.machine.Driver.Accelerator;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.Account;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.qemu.TestGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a machine of Firecracker needs in tests: a data directory and, in the network namespace that the tests have for
 * themselves, TAP devices.
 */
final class Ground implements AutoCloseable {

    static final Account ACCOUNT = new Account(70001, 70001);

    private final Path data;
    private final List<Slot> taps = new ArrayList<>();

    Ground(Path data) {
        this.data = data;
    }

    /** How Firecracker is started. */
    enum Way {
        DIRECTLY,
        IN_A_JAIL;

        @Nullable
        Account account() {
            return switch (this) {
                case DIRECTLY -> null;
                case IN_A_JAIL -> ACCOUNT;
            };
        }
    }

    /** A driver over the programs that the tests use. */
    FirecrackerDriver driver(Way way) throws MachineException {
        FirecrackerBinaries binaries = FirecrackerBinaries.fromProperties();
        return driver(
                binaries.firecracker(),
                switch (way) {
                    case DIRECTLY -> null;
                    case IN_A_JAIL -> jailer();
                });
    }

    /** The jailer; where the tests are told to do without, what needs it is skipped. */
    static Path jailer() {
        Optional<Path> jailer = FirecrackerBinaries.fromProperties().jailer();
        assumeTrue(jailer.isPresent(), "there is no jailer: -Dexeclaw.firecracker.jailer=FILE names one");
        return jailer.orElseThrow();
    }

    FirecrackerDriver driver(Path binary, @Nullable Path jailer) throws MachineException {
        return FirecrackerDriver.open(
                FirecrackerSettings.of(binary, jailer, data), new Accelerator("kvm", "said by the test"));
    }

    /** A machine of the tests' guest, with a TAP device that is there. */
    MachineSpec spec(int index, @Nullable Account account) throws Exception {
        Slot slot = NetworkPrefix.DEFAULT.slot(index);
        Path directory = Files.createDirectories(
                data.resolve("machines/ses-" + index),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        tap(slot, account);
        String arguments = "console=ttyS0 reboot=k panic=1 pci=off ip=" + slot.guest() + "::" + slot.gateway() + ":"
                + slot.netmask() + ":nullclaw:eth0:off";
        return new MachineSpec(
                "ses-" + index,
                directory,
                new Boot(TestGuest.kernel(), TestGuest.FILES.resolve("initramfs"), arguments),
                TestGuest.disk(directory),
                1,
                192,
                new Nic.Tap(slot),
                Limits.NONE,
                account);
    }

    /** The same with another disk. */
    static MachineSpec with(MachineSpec spec, Disk disk) {
        return new MachineSpec(
                spec.name(),
                spec.directory(),
                spec.boot(),
                disk,
                spec.vcpus(),
                spec.memoryMiB(),
                spec.nic(),
                spec.limits(),
                spec.account());
    }

    private void tap(Slot slot, @Nullable Account account) throws Exception {
        if (taps.contains(slot)) {
            return;
        }
        List<String> add = new ArrayList<>(List.of("ip", "tuntap", "add", "dev", slot.tap(), "mode", "tap"));
        if (account != null) {
            add.addAll(List.of("user", String.valueOf(account.uid())));
        }
        Command.of(add).runOrThrow();
        taps.add(slot);
        Command.of("ip", "addr", "add", slot.gateway() + "/30", "dev", slot.tap())
                .runOrThrow();
        Command.of("ip", "link", "set", slot.tap(), "up").runOrThrow();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (Slot slot : taps) {
            Command.of("ip", "link", "del", slot.tap()).runOrThrow();
        }
    }
}
