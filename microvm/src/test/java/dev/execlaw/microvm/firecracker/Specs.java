package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.Account;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Descriptions of machines for tests that start none. */
final class Specs {

    static final Slot SLOT = NetworkPrefix.DEFAULT.slot(300);

    private Specs() {}

    static MachineSpec of(Path directory, Limits limits, @Nullable Account account) {
        return of(directory, limits, account, new Nic.Tap(SLOT));
    }

    /** With a network card that nobody is at the other end of. */
    static MachineSpec enclosed(Path directory, Account account) {
        return of(directory, Limits.NONE, account, new Nic.Tap(SLOT, true));
    }

    private static MachineSpec of(Path directory, Limits limits, @Nullable Account account, Nic nic) {
        return new MachineSpec(
                "ses-1",
                directory,
                new Boot(directory.resolve("vmlinux"), null, "console=ttyS0 reboot=k panic=1 pci=off ip=1.2.3.4"),
                new Disk(directory.resolve("disk.raw"), Disk.Format.RAW),
                2,
                512,
                nic,
                limits,
                account);
    }
}
