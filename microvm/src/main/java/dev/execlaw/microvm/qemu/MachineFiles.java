package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.ConsoleFiles;
import dev.execlaw.microvm.machine.MachineSpec;
import java.nio.file.Path;

/** Files of one machine in its directory. */
record MachineFiles(Path directory) {

    static MachineFiles of(MachineSpec spec) {
        return new MachineFiles(spec.directory());
    }

    /** What QEMU has as standard input, output and error. */
    ConsoleFiles console() {
        return new ConsoleFiles(directory);
    }

    /** What the guest reads. */
    Path consoleInput() {
        return console().input();
    }

    /** What the guest wrote, over all boots of this directory. */
    Path consoleLog() {
        return console().log();
    }

    /** QEMU's control socket. */
    Path qmp() {
        return directory.resolve("qmp.sock");
    }
}
