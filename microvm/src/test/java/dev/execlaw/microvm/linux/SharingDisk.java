package dev.execlaw.microvm.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small file system whose files can share blocks: XFS in a file. Tests that need one are skipped where it cannot be
 * mounted.
 *
 * @param root where it is mounted
 */
public record SharingDisk(Path root) implements AutoCloseable {

    private static final long SIZE = 2L << 30;

    /** Mounts a new one below that directory. */
    public static SharingDisk mount(Path directory) throws IOException, InterruptedException {
        Path image = directory.resolve("xfs.img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        Path root = Files.createDirectory(directory.resolve("xfs"));
        boolean mounted = Command.of("mkfs.xfs", "-q", "-m", "reflink=1", image.toString())
                        .run()
                        .succeeded()
                && Command.of("mount", "-o", "loop", image.toString(), root.toString())
                        .run()
                        .succeeded();
        assumeTrue(mounted, "this host mounts no XFS");
        return new SharingDisk(root);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        Command.of("umount", root.toString()).runOrThrow();
    }
}
