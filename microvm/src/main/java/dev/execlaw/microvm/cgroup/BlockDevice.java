package dev.execlaw.microvm.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The disk that a file lies on. */
public final class BlockDevice {

    private static final Path DEVICES = Path.of("/sys/dev/block");

    private BlockDevice() {}

    /**
     * {@code MAJOR:MINOR} of the whole disk that holds the file; empty where the file system has no disk of its own, as
     * tmpfs, overlayfs and btrfs.
     */
    public static Optional<String> of(Path file) throws IOException {
        long device = (long) Files.getAttribute(file, "unix:dev");
        Path entry = DEVICES.resolve(major(device) + ":" + minor(device));
        if (!Files.exists(entry)) {
            return Optional.empty();
        }
        Path real = entry.toRealPath();
        boolean partition = Files.exists(real.resolve("partition"));
        Path disk = partition && real.getParent() != null ? real.getParent() : real;
        return Optional.of(Files.readString(disk.resolve("dev")).strip());
    }

    /** As glibc's gnu_dev_major(3) takes them out of a dev_t. */
    static long major(long device) {
        return (device >>> 8 & 0xfff) | (device >>> 32 & 0xfffff000L);
    }

    static long minor(long device) {
        return (device & 0xff) | (device >>> 12 & 0xffffff00L);
    }
}
