package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.JailPath;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The directory that is a VMM's root or, without a jailer, its working directory: in it lie all files that the VMM opens,
 * by names that are the same in every jail, so that a saved machine finds its disk wherever it is restored.
 *
 * @param tree what is made and removed as a whole
 * @param root what the VMM sees, {@code tree} or below it
 * @param owner whom the VMM runs as; null for the account of this process
 */
record Jail(HostPath tree, HostPath root, @Nullable Account owner) {

    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;

    static final JailPath SOCKET = new JailPath("a.sock");
    static final JailPath LOG = new JailPath("firecracker.log");
    static final JailPath METRICS = new JailPath("metrics.json");

    /** Firecracker's socket for vsock, bound when the device is configured or a saved machine is loaded. */
    static final JailPath WAKE = new JailPath("wake.sock");

    /** What of the memory differs from the template's, as of the last save or load: each save is written over it. */
    static final JailPath CHANGED = new JailPath("changed.memory");

    /** Makes it anew. Identities are not reused by Firecracker's jailer, so what an earlier life left is removed. */
    void make() throws IOException {
        remove();
        Files.createDirectories(
                root.path(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        give(root.path());
    }

    /** What a file of the jail is called on the host. */
    HostPath host(JailPath name) {
        return root.resolve(name.text().replaceFirst("^/+", ""));
    }

    /** Makes the machine's own file, such as its disk, part of the jail, for the VMM to read and write. */
    JailPath admit(HostPath file, String name) throws IOException {
        Path link = link(file, name);
        give(link);
        return new JailPath(name);
    }

    /**
     * Makes a file of many machines, such as a kernel, part of the jail, for the VMM to read. One that strangers may
     * read is linked and keeps its owner, so that no VMM can change it; another is copied.
     */
    JailPath admitShared(HostPath file, String name) throws IOException {
        readable(file);
        if (owner == null || Files.getPosixFilePermissions(file.path()).contains(PosixFilePermission.OTHERS_READ)) {
            try {
                Files.createLink(root.resolve(name).path(), file.path());
                return new JailPath(name);
            } catch (FileSystemException _) {
                // Another file system, or no link to a stranger's file (fs.protected_hardlinks): a copy does as well.
            }
        }
        Path copy = root.resolve(name).path();
        Files.copy(file.path(), copy, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("r--------"));
        give(copy);
        return new JailPath(name);
    }

    /** As {@link #admitShared}, for what is too large to be copied: strangers must be allowed to read it. */
    JailPath admitMapped(HostPath file, String name) throws IOException {
        readable(file);
        if (owner != null && !Files.getPosixFilePermissions(file.path()).contains(PosixFilePermission.OTHERS_READ)) {
            throw new IOException(file + " must be readable for " + owner + "; chmod a+r " + file);
        }
        link(file, name);
        return new JailPath(name);
    }

    /** Makes a copy of a file part of the jail, for the VMM alone, with these permissions. */
    void admitCopy(HostPath file, JailPath name, String permissions) throws IOException {
        readable(file);
        Path copy = host(name).path();
        BlockClone.make(file.path(), copy);
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString(permissions));
        give(copy);
    }

    /**
     * Takes a file that the VMM wrote out of the jail. From then on it is ours, with these permissions.
     *
     * @param target does not exist; in a directory that is ours alone, on the same file system
     */
    void release(JailPath name, Path target, String permissions) throws IOException {
        Files.move(host(name).path(), target, StandardCopyOption.ATOMIC_MOVE);
        checkWritten(target, 1);
        // Owned by us, or the VMM could still change it: it has the right to, not just the open file.
        Path own = Path.of("/proc/self");
        Files.setAttribute(target, "unix:uid", Files.getAttribute(own, "unix:uid"));
        Files.setAttribute(target, "unix:gid", Files.getAttribute(own, "unix:gid"));
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(permissions));
    }

    /** As {@link #release}, but the VMM keeps its file, and {@code target} becomes a copy of it. */
    void releaseCopy(JailPath name, Path target, String permissions) throws IOException {
        Path link = target.resolveSibling(target.getFileName() + ".jail");
        Files.createLink(link, host(name).path());
        try {
            checkWritten(link, 2);
            BlockClone.make(link, target);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(permissions));
        } finally {
            Files.deleteIfExists(link);
        }
    }

    /**
     * The jail is its inmate's: under a name that was agreed there may be anything, such as a symbolic link to a file of
     * the host, which must be neither read nor changed. So it is looked at where only we can exchange it.
     */
    private void checkWritten(Path file, int links) throws IOException {
        Map<String, Object> told = Files.readAttributes(file, "unix:mode,uid,nlink", LinkOption.NOFOLLOW_LINKS);
        Object uid = owner == null ? Files.getAttribute(Path.of("/proc/self"), "unix:uid") : owner.uid();
        boolean regular = told.get("mode") instanceof Integer mode && (mode & S_IFMT) == S_IFREG;
        if (!regular || !uid.equals(told.get("uid")) || !Integer.valueOf(links).equals(told.get("nlink"))) {
            DirectoryTree.delete(file);
            throw new IOException("what was to become " + file + " is no file that the VMM wrote: " + told);
        }
    }

    /** Makes an empty file for the VMM to write, which stays on the host as {@code kept} when the jail is gone. */
    void createKept(JailPath name, HostPath kept) throws IOException {
        Files.deleteIfExists(kept.path());
        Files.createFile(
                kept.path(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        admit(kept, name.text());
    }

    /** Removes it with all that is in it; does nothing when nothing is there. */
    void remove() throws IOException {
        if (FirecrackerClient.listens(host(SOCKET).path())) {
            throw new IOException("the jail " + tree + " is that of a VMM which lives; end it first");
        }
        DirectoryTree.delete(tree.path());
    }

    private Path link(HostPath file, String name) throws IOException {
        readable(file);
        Path link = root.resolve(name).path();
        try {
            return Files.createLink(link, file.path());
        } catch (FileSystemException e) {
            throw new IOException(
                    "cannot link " + file + " into the jail " + root + ": " + e.getReason()
                            + "; both must be on one file system, so configure the jails' place on that of the machines",
                    e);
        }
    }

    private static void readable(HostPath file) throws IOException {
        if (!Files.isReadable(file.path())) {
            throw new IOException(file + " is not there or cannot be read");
        }
    }

    private void give(Path file) throws IOException {
        if (owner != null) {
            Files.setAttribute(file, "unix:uid", owner.uid());
            Files.setAttribute(file, "unix:gid", owner.gid());
        }
    }
}
