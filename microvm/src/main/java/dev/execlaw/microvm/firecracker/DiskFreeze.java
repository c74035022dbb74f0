package dev.execlaw.microvm.firecracker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Freezes the disk of a paused machine under its name, while the machine goes on under another.
 *
 * <p>Firecracker holds the file open, and to give a running machine another file ({@code PATCH /drives}) is for disks
 * that the guest has not mounted only (docs/api_requests/patch-block.md there). So the file that it holds gets the next
 * layer's name, and the name so far gets a copy. Nothing is changed in Firecracker, and no crash in between leaves
 * either name without a disk.
 */
final class DiskFreeze {

    private DiskFreeze() {}

    /**
     * Does it; on failure the disk has its name still.
     *
     * @param next replaced: the layer that was made before the machine was paused is an empty file
     */
    static void freeze(Path disk, Path next) throws IOException {
        Path frozen = beside(disk, ".frozen");
        Path running = beside(next, ".running");
        try {
            BlockClone.make(disk, frozen);
            Files.setPosixFilePermissions(frozen, PosixFilePermissions.fromString("r--r--r--"));
            Files.createLink(running, disk);
            Files.move(running, next, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.move(frozen, disk, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(frozen);
            Files.deleteIfExists(running);
        }
    }

    /** A name that an interrupted freeze may have left, too. */
    private static Path beside(Path file, String suffix) throws IOException {
        Path other = file.resolveSibling(file.getFileName() + suffix);
        Files.deleteIfExists(other);
        return other;
    }
}
