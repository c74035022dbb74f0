package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * Whose the files of a machine are that has an account: its disk, its gateway's socket and the directory of QEMU's own
 * socket are the account's. The machine's directory and the console's files stay ours, so that a VMM that was broken into
 * cannot lay links where we write: QEMU gets them opened.
 */
record Ownership(MachineSpec spec, Account account) {

    private static final int ROOT = 0;

    /** Gives the account what is its own. */
    void grant() throws IOException {
        if (!root()) {
            throw new IOException("machine " + spec.name() + " is to run as account " + account
                    + ", but only root starts a process as another; start as root, or without accounts");
        }
        MachineFiles files = MachineFiles.of(spec);
        own(files.directory(), ROOT, "rwx--x---");
        DirectoryTree.delete(files.control());
        Files.createDirectory(files.control());
        own(files.control(), account.uid(), "rwx------");
        Path disk = spec.disk().path();
        if (Files.isRegularFile(disk, LinkOption.NOFOLLOW_LINKS)) {
            own(disk, account.uid(), "rw-------");
        }
        if (!(spec.memory() instanceof Memory.Saved)) {
            checkReadable(spec.boot().kernel());
            if (spec.boot().initramfs() != null) {
                checkReadable(spec.boot().initramfs());
            }
        }
        grantSocket();
    }

    /** Gives it the gateway's socket, which is a new one whenever the gateway begins to listen again. */
    void grantSocket() throws IOException {
        if (!(spec.nic() instanceof Nic.User user) || !Files.exists(user.gatewaySocket(), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        own(user.gatewaySocket(), account.uid(), "rw-------");
        Path place = user.gatewaySocket().toAbsolutePath().normalize().getParent();
        if (place != null && !place.equals(spec.directory().toAbsolutePath().normalize())) {
            // To be passed through, not to be listed; who comes so far is decided by the directories above.
            Set<PosixFilePermission> mode = EnumSet.copyOf(Files.getPosixFilePermissions(place));
            if (mode.add(PosixFilePermission.OTHERS_EXECUTE)) {
                Files.setPosixFilePermissions(place, mode);
            }
        }
    }

    /** Gives it a file that it is to write to. */
    void grantFile(Path file) throws IOException {
        own(file, account.uid(), "rw-------");
    }

    /** Takes a file back for good: everybody may read it who reaches it, nobody writes to it any more. */
    static void freeze(Path file) throws IOException {
        if (root()) {
            Files.setAttribute(file, "unix:uid", ROOT, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(file, "unix:gid", ROOT, LinkOption.NOFOLLOW_LINKS);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    }

    /** Whether this process is root's. */
    static boolean root() throws IOException {
        return uid(Path.of("/proc/self")) == ROOT;
    }

    private void own(Path path, int uid, String mode) throws IOException {
        Files.setAttribute(path, "unix:gid", account.gid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private void checkReadable(Path file) throws IOException {
        if (Files.exists(file)
                && !Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)
                && uid(file) != account.uid()) {
            throw new IOException(file + " may not be read by account " + account + ", which machine " + spec.name()
                    + " runs as; chmod a+r it");
        }
    }

    private static int uid(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:uid");
    }
}
