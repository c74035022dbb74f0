package dev.execlaw.cli;

import dev.execlaw.config.DataDirectory;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What the disks of machines lie over. Disks that are whole copies or reflinks need nothing any more. */
final class Overlays {

    private static final int MAGIC = 0x514649FB; // "QFI\xfb", QEMU's docs/interop/qcow2.txt
    private static final int LONGEST_NAME = 1023;

    private Overlays() {}

    /** Ids of images below {@code images/} that a qcow2 file below {@code machines/} names as its backing file. */
    static Set<String> imagesInUse(DataDirectory data) throws IOException {
        return below(data, data.images());
    }

    /** First names below {@code place} of what a qcow2 file below {@code machines/} names as its backing file. */
    static Set<String> below(DataDirectory data, Path place) throws IOException {
        Set<String> used = new HashSet<>();
        if (!Files.isDirectory(data.machines())) {
            return used;
        }
        List<Path> files;
        try (Stream<Path> tree = Files.walk(data.machines())) {
            files = tree.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            backingFile(file)
                    .map(name -> file.resolveSibling(name).normalize())
                    .filter(backing -> backing.startsWith(place) && !backing.equals(place))
                    .ifPresent(backing ->
                            used.add(place.relativize(backing).getName(0).toString()));
        }
        return used;
    }

    /** The backing file that a qcow2 header names; empty for other files. */
    static Optional<String> backingFile(Path file) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            if (in.readInt() != MAGIC) {
                return Optional.empty();
            }
            in.readInt(); // version
            long offset = in.readLong();
            int length = in.readInt();
            if (offset == 0 || length < 1 || length > LONGEST_NAME) {
                return Optional.empty();
            }
            byte[] name = new byte[length];
            in.seek(offset);
            in.readFully(name);
            return Optional.of(new String(name, StandardCharsets.UTF_8));
        } catch (EOFException _) {
            return Optional.empty(); // shorter than a header
        }
    }
}
