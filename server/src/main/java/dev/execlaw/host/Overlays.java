package dev.execlaw.host;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the disks of machines lie over, by the names in their files' headers. Disks that are whole copies or reflinks need
 * nothing any more. Any thread may use it; machines may come and go meanwhile.
 */
public final class Overlays {

    private static final int MAGIC = 0x514649FB; // "QFI\xfb", QEMU's docs/interop/qcow2.txt
    private static final int LONGEST_NAME = 1023;
    private static final int HEAD = 20;

    private Overlays() {}

    /** First names below {@code place} of what a qcow2 file below {@code machines} names as its backing file. */
    public static Set<String> below(Path machines, Path place) throws IOException {
        Set<String> used = new HashSet<>();
        for (Path file : files(machines)) {
            backingFile(file)
                    .map(name -> file.resolveSibling(name).normalize())
                    .filter(backing -> backing.startsWith(place) && !backing.equals(place))
                    .ifPresent(backing ->
                            used.add(place.relativize(backing).getName(0).toString()));
        }
        return used;
    }

    private static List<Path> files(Path machines) throws IOException {
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(machines)) {
            Files.walkFileTree(machines, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (attributes.isRegularFile()) {
                        files.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failure;
                }
            });
        }
        return files;
    }

    /** The backing file that a qcow2 header names; empty for other files. */
    private static Optional<String> backingFile(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readInt() != MAGIC) {
                return Optional.empty();
            }
            in.readInt(); // version
            long offset = in.readLong();
            int length = in.readInt();
            if (offset < HEAD || length < 1 || length > LONGEST_NAME) {
                return Optional.empty();
            }
            byte[] name = new byte[length];
            in.skipNBytes(offset - HEAD);
            in.readFully(name);
            return Optional.of(new String(name, StandardCharsets.UTF_8));
        } catch (EOFException | NoSuchFileException _) {
            return Optional.empty(); // shorter than a header, or gone meanwhile
        }
    }
}
