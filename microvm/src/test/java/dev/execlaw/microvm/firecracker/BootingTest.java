package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.firecracker.api.Boot;
import dev.execlaw.microvm.firecracker.api.Command;
import dev.execlaw.microvm.firecracker.api.Control;
import dev.execlaw.microvm.firecracker.api.Device;
import dev.execlaw.microvm.firecracker.api.DeviceId;
import dev.execlaw.microvm.firecracker.api.JailPath;
import dev.execlaw.microvm.firecracker.api.RateLimiter;
import dev.execlaw.microvm.firecracker.api.Snapshot;
import dev.execlaw.microvm.firecracker.api.TokenBucket;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.SavedState;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BootingTest {

    private static final Path DIRECTORY = Path.of("/var/lib/execlaw/machines/ses-1");
    private static final String ARGUMENTS = "console=ttyS0 reboot=k panic=1 pci=off ip=1.2.3.4";

    @Test
    void isSentInThisOrder() {
        assertThat(commands(Limits.NONE, false))
                .containsExactly(
                        new Boot.Source(new JailPath("kernel"), null, ARGUMENTS),
                        Boot.Machine.of(2, 512),
                        Device.Drive.of(new DeviceId("root"), new JailPath("disk"), true, false, null),
                        new Device.NetworkCard(new DeviceId("eth0"), "fctap300", "02:FC:00:00:01:2C", null, null, null),
                        new Device.Entropy(null),
                        new Device.Vsock(3, new JailPath("wake.sock")),
                        new Control.InstanceStart());
    }

    @Test
    void limitsBecomeTokenBuckets() {
        List<Command> commands = commands(new Limits(1_000_000, 20_000_000, 500), false);
        RateLimiter card = new RateLimiter(new TokenBucket(1_000_000, 1000, null), null);
        assertThat(commands)
                .anySatisfy(command -> assertThat(command).isInstanceOfSatisfying(Device.NetworkCard.class, nic -> {
                    assertThat(nic.rxRateLimiter()).isEqualTo(card);
                    assertThat(nic.txRateLimiter()).isEqualTo(card);
                }));
        assertThat(commands)
                .anySatisfy(command -> assertThat(command)
                        .isInstanceOfSatisfying(
                                Device.Drive.class,
                                drive -> assertThat(drive.rateLimiter())
                                        .isEqualTo(new RateLimiter(
                                                new TokenBucket(20_000_000, 1000, null),
                                                new TokenBucket(500, 1000, null)))));
    }

    @Test
    void withPciItIsNotSwitchedOff() {
        assertThat(commands(Limits.NONE, true).getFirst())
                .isEqualTo(new Boot.Source(new JailPath("kernel"), null, "console=ttyS0 reboot=k panic=1 ip=1.2.3.4"));
    }

    @Test
    void rootThatIsNamedAlreadyIsNotNamedAgain() {
        MachineSpec spec = Specs.of(DIRECTORY, Limits.NONE, null);
        BootSpec named = new BootSpec(new HostPath(DIRECTORY), null, "root=/dev/vda rw", true);
        List<Command> commands = new Booting(spec, named, Specs.SLOT, kernel(), false, true).commands();
        assertThat(commands)
                .contains(Device.Drive.of(new DeviceId("root"), new JailPath("disk"), false, false, null))
                .contains(new Boot.Machine(2, 512, null, true, null, null));
    }

    @Test
    void oneThatStartsPausedIsNotStarted() {
        MachineSpec spec = Specs.of(DIRECTORY, Limits.NONE, null);
        assertThat(new Booting(spec, BootSpec.of(spec.boot(), true), Specs.SLOT, kernel(), false, false).commands())
                .contains(new Boot.Machine(2, 512, null, true, null, null))
                .doesNotContain(new Control.InstanceStart());
    }

    @Test
    void restoredMachineGetsItsOwnCardAndLimits() {
        List<Command> commands = restoring(new Limits(1_000_000, 0, 500), true).commands();
        assertThat(commands.getFirst()).isInstanceOfSatisfying(Snapshot.Load.class, load -> {
            assertThat(load.networkOverrides())
                    .containsExactly(new Snapshot.NetworkOverride(new DeviceId("eth0"), "fctap300"));
            assertThat(load.trackDirtyPages()).isTrue();
            assertThat(load.resumeVm()).isNull();
        });
        TokenBucket off = new TokenBucket(0, 0, null);
        RateLimiter card = new RateLimiter(new TokenBucket(1_000_000, 1000, null), off);
        assertThat(commands.subList(1, commands.size()))
                .containsExactly(
                        new Device.NetworkCardUpdate(new DeviceId("eth0"), card, card),
                        new Device.DriveUpdate(
                                new DeviceId("root"), null, new RateLimiter(off, new TokenBucket(500, 1000, null))),
                        new Control.Resume());
        assertThat(restoring(Limits.NONE, false).commands()).doesNotContain(new Control.Resume());
    }

    private static Restoring restoring(Limits limits, boolean run) {
        MachineSpec spec = Specs.of(DIRECTORY, limits, null);
        return new Restoring(spec, new SavedState(DIRECTORY, null), Specs.SLOT, new BlankMemory(DIRECTORY), run);
    }

    @Test
    void longCommandLinesAreRefusedBeforeTheyAreSent() {
        assertThatThrownBy(() -> new Boot.Source(new JailPath("k"), null, "x".repeat(2049)))
                .hasMessageContaining("2049 bytes, Firecracker takes 2048");
    }

    private static List<Command> commands(Limits limits, boolean enablePci) {
        MachineSpec spec = Specs.of(DIRECTORY, limits, null);
        return new Booting(spec, BootSpec.of(spec.boot(), false), Specs.SLOT, kernel(), enablePci, true).commands();
    }

    private static BootKernel kernel() {
        return new BootKernel(new FirecrackerVersion(1, 17, 0, ""), DIRECTORY);
    }
}
