package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.ConsoleFiles;
import dev.execlaw.microvm.machine.MachineSpec;
import java.nio.file.Path;

/**
 * Files of one machine in its directory.
 *
 * @param control the only directory where QEMU makes a file itself: the machine's, or one of its account's own in it
 */
record MachineFiles(Path directory, Path control) {

    static MachineFiles of(MachineSpec spec) {
        Path directory = spec.directory();
        return new MachineFiles(directory, spec.account() == null ? directory : directory.resolve("control"));
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
        return control.resolve("qmp.sock");
    }

    /** The guest's wake-up port. */
    WakeFiles wake() {
        return new WakeFiles(directory);
    }

    /** Where QEMU writes or sends its devices to while it is saved, seen from the machine's directory. */
    Path saving() {
        return directory.resolve("saving");
    }

    /** The empty tree that QEMU's view is mounted on. */
    Path view() {
        return directory.resolve("view");
    }

    /** What is mounted there. */
    Path viewTable() {
        return directory.resolve("view.mounts");
    }
}
