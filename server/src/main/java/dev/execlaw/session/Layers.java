package dev.execlaw.session;

import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The disk layers in one machine's directory: numbered, each over the one before it, only the last one written to. The
 * names of layers under a layer are relative, so links to all of them in another directory are the same disk.
 *
 * @param directory the machine's
 */
record Layers(Path directory) {

    private static final Pattern NAME = Pattern.compile("layer-(\\d{1,9})\\.[a-z0-9]+");

    /** Where the next layer goes. */
    Path next() throws IOException {
        SortedMap<Integer, Path> layers = all();
        int number = layers.isEmpty() ? 1 : layers.lastKey() + 1;
        return directory.resolve("layer-%04d.qcow2".formatted(number));
    }

    /** The newest layer over a disk; the disk itself where there is none. */
    Disk over(Disk disk, Driver driver) throws IOException, MachineException {
        Disk newest = disk;
        if (Files.isDirectory(directory)) {
            for (Path layer : all().values()) {
                Disk above = new Disk(layer, Disk.Format.QCOW2);
                if (driver.under(above).stream()
                        .findFirst()
                        .filter(newest.path()::equals)
                        .isPresent()) {
                    newest = above;
                }
            }
        }
        return newest;
    }

    /** Gives another machine's directory links to files of a disk that nobody writes to any more. */
    void share(Collection<Path> files, Path other) throws IOException {
        for (Path file : files) {
            if (directory.equals(file.getParent())) {
                Files.createLink(other.resolve(file.getFileName().toString()), file);
            }
        }
    }

    /** Removes the layers that are no longer part of any disk. */
    void keep(Set<Path> needed) throws IOException {
        for (Path layer : List.copyOf(all().values())) {
            if (!needed.contains(layer)) {
                Files.delete(layer);
            }
        }
    }

    private SortedMap<Integer, Path> all() throws IOException {
        SortedMap<Integer, Path> layers = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.forEach(file -> {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches()) {
                    layers.put(Integer.parseInt(name.group(1)), file);
                }
            });
        }
        return layers;
    }
}
