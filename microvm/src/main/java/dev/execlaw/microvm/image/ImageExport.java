package dev.execlaw.microvm.image;

import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Copies an image into the layout {@code vm-assets/vmlinux}, {@code vm-assets/rootfs.ext4}, for other programs. */
public final class ImageExport {

    private static final String LAYOUT = "vm-assets";
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private ImageExport() {}

    /**
     * Copies an image's files; the root filesystem stays sparse, and shares its blocks where the file system can. What
     * is there already is never changed: it stays if it is the same, else the export is refused before it begins.
     *
     * @param directory gets a directory {@code vm-assets}, or is one
     * @return the files, in the order kernel, root filesystem, initramfs (where there is one)
     */
    public static List<Path> write(Image image, Path directory) throws IOException, InterruptedException {
        Path name = directory.toAbsolutePath().normalize().getFileName();
        Path target = name != null && name.toString().equals(LAYOUT) ? directory : directory.resolve(LAYOUT);
        Map<Path, Path> files = new LinkedHashMap<>();
        files.put(target.resolve("vmlinux"), image.kernel());
        files.put(target.resolve("rootfs.ext4"), image.rootfs());
        Path initramfs = image.initramfs();
        if (initramfs != null) {
            files.put(target.resolve("initramfs"), initramfs);
        }
        Map<Path, Path> missing = new LinkedHashMap<>();
        for (Map.Entry<Path, Path> file : files.entrySet()) {
            if (!Files.exists(file.getKey(), LinkOption.NOFOLLOW_LINKS)) {
                missing.put(file.getKey(), file.getValue());
            } else if (!same(file.getKey(), file.getValue())) {
                throw new ImageException(file.getKey() + " is there already and is not of image " + image.id()
                        + "; remove it or export elsewhere");
            }
        }
        Files.createDirectories(target);
        for (Map.Entry<Path, Path> file : missing.entrySet()) {
            copy(file.getValue(), file.getKey());
        }
        return List.copyOf(files.keySet());
    }

    private static void copy(Path source, Path file) throws IOException, InterruptedException {
        Path fresh = Files.createTempFile(file.getParent(), "." + file.getFileName(), ".new");
        try {
            Command.of("cp", "--reflink=auto", "--sparse=always", "--", source.toString(), fresh.toString())
                    .tied()
                    .timeout(TIMEOUT)
                    .runOrThrow();
            boolean kernel = file.endsWith("vmlinux");
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(kernel ? "rwxr-xr-x" : "rw-r--r--"));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static boolean same(Path file, Path source) throws IOException, InterruptedException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.size(file) == Files.size(source)
                && SparseFile.digest(file).equals(SparseFile.digest(source));
    }
}
