package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.machine.MachineSpec.Boot;
import org.jspecify.annotations.Nullable;

/**
 * A guest that boots.
 *
 * @param initramfs null where the kernel finds its disk alone
 * @param arguments the kernel's command line
 * @param trackDirtyPages whether the pages written are noted, for exact differential snapshots; costs huge pages
 */
record BootSpec(HostPath kernel, @Nullable HostPath initramfs, String arguments, boolean trackDirtyPages) {

    /** As the machine's description says. */
    static BootSpec of(Boot boot, boolean trackDirtyPages) {
        return new BootSpec(
                new HostPath(boot.kernel()),
                boot.initramfs() == null ? null : new HostPath(boot.initramfs()),
                boot.arguments(),
                trackDirtyPages);
    }
}
