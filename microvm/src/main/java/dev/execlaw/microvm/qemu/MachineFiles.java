package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.MachineSpec;
import java.nio.file.Path;

/** Files of one machine in its directory. */
record MachineFiles(Path directory) {

    static MachineFiles of(MachineSpec spec) {
        return new MachineFiles(spec.directory());
    }

    /** What the guest reads. */
    Path consoleInput() {
        return directory.resolve("console.in");
    }

    /** What the guest wrote, over all boots of this directory. */
    Path consoleLog() {
        return directory.resolve("console.log");
    }

    /** What QEMU itself said, of the last boot. */
    Path vmmLog() {
        return directory.resolve("vmm.log");
    }

    /** QEMU's control socket. */
    Path qmp() {
        return directory.resolve("qmp.sock");
    }
}
