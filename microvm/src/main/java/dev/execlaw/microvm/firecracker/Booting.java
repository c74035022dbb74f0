package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.firecracker.api.Boot;
import dev.execlaw.microvm.firecracker.api.Command;
import dev.execlaw.microvm.firecracker.api.Control;
import dev.execlaw.microvm.firecracker.api.Device;
import dev.execlaw.microvm.firecracker.api.DeviceId;
import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.JailPath;
import dev.execlaw.microvm.firecracker.api.RateLimiter;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.Slot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Configures a machine that boots.
 *
 * @param run whether its guest is started too, or all is left ready for that
 */
record Booting(MachineSpec spec, BootSpec boot, Slot slot, BootKernel kernel, boolean enablePci, boolean run)
        implements VmmStart.Configuration {

    static final String DISK = "disk";
    static final DeviceId CARD = new DeviceId("eth0");

    /** Each machine has a socket of its own, so all guests may have the lowest context id that is theirs. */
    private static final int GUEST = 3;

    private static final JailPath KERNEL = new JailPath("kernel");
    private static final JailPath INITRD = new JailPath("initrd");
    static final DeviceId ROOT = new DeviceId("root");

    @Override
    public void admit(Jail jail) throws IOException {
        jail.admitShared(kernel.bootable(boot.kernel()), KERNEL.text());
        if (boot.initramfs() != null) {
            jail.admitShared(boot.initramfs(), INITRD.text());
        }
        jail.admit(new HostPath(spec.disk().path()), DISK);
    }

    @Override
    public void send(FirecrackerClient api, VmmStart.Left left) throws IOException {
        for (Command command : commands()) {
            Duration remaining = left.left();
            Duration own = command.deadline();
            api.send(command, own.compareTo(remaining) < 0 ? own : remaining);
        }
    }

    /** In the order in which they are sent. */
    List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        commands.add(new Boot.Source(KERNEL, boot.initramfs() == null ? null : INITRD, arguments()));
        commands.add(new Boot.Machine(
                spec.vcpus(), spec.memoryMiB(), null, boot.trackDirtyPages() ? true : null, null, null));
        commands.add(disk());
        commands.add(card());
        commands.add(new Device.Entropy(null));
        commands.add(new Device.Vsock(GUEST, Jail.WAKE));
        if (run) {
            commands.add(new Control.InstanceStart());
        }
        return List.copyOf(commands);
    }

    /** As given; but with PCI on, {@code pci=off} would hide every device. */
    private String arguments() {
        return enablePci
                ? Arrays.stream(boot.arguments().split(" ", -1))
                        .filter(argument -> !argument.equals("pci=off"))
                        .collect(Collectors.joining(" "))
                : boot.arguments();
    }

    private Device.Drive disk() {
        // For a root device Firecracker adds root=/dev/vda to the command line.
        boolean root = boot.initramfs() == null && !boot.arguments().contains("root=");
        RateLimiter limiter = RateLimiter.perSecond(
                        spec.limits().diskBytesPerSecond(), spec.limits().diskOperationsPerSecond())
                .orElse(null);
        return Device.Drive.of(ROOT, new JailPath(DISK), root, false, limiter);
    }

    private Device.NetworkCard card() {
        RateLimiter limiter =
                RateLimiter.perSecond(spec.limits().networkBytesPerSecond(), 0).orElse(null);
        return new Device.NetworkCard(CARD, slot.tap(), slot.mac(), null, limiter, limiter);
    }
}
