package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.JailPath;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
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

    static final JailPath SOCKET = new JailPath("a.sock");
    static final JailPath LOG = new JailPath("firecracker.log");
    static final JailPath METRICS = new JailPath("metrics.json");

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
