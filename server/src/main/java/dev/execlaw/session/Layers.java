package dev.execlaw.session;

import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
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

    /** Tells what a disk lies on, as {@link Driver#under} does. */
    @FunctionalInterface
    interface Lying {
        List<Path> under(Disk disk) throws MachineException;
    }

    /** Makes a layer, as {@link Driver#layer} does. */
    @FunctionalInterface
    interface Layering {
        Disk layer(Disk base, Path file) throws MachineException;
    }

    /** Where the next layer goes. */
    Path next() throws IOException {
        SortedMap<Integer, Path> layers = all();
        int number = layers.isEmpty() ? 1 : layers.lastKey() + 1;
        return directory.resolve("layer-%04d.qcow2".formatted(number));
    }

    /**
     * The newest layer over a disk; the disk itself where there is none. Where layers stand alone, a save gives the file
     * that is written to the next layer's name: so over a frozen disk that is the newest one that is not frozen.
     */
    Disk over(Disk disk, Lying lying) throws IOException, MachineException {
        Disk newest = disk;
        Disk alone = disk;
        if (Files.isDirectory(directory)) {
            for (Path layer : all().values()) {
                if (!frozen(newest.path()) && Files.exists(newest.path())) {
                    break; // what was laid over a disk that is still written to was not put to use
                }
                List<Path> under = lying.under(new Disk(layer, Disk.Format.QCOW2));
                if (under.isEmpty()) {
                    alone = frozen(layer) ? alone : new Disk(layer, disk.format());
                } else if (under.getFirst().equals(newest.path())) {
                    newest = new Disk(layer, Disk.Format.QCOW2);
                }
            }
        }
        return newest.equals(disk) && frozen(disk.path()) ? alone : newest;
    }

    /** A disk that may be written to: it, or a new layer where a checkpoint has it. */
    Disk writable(Disk disk, Layering layering) throws IOException, MachineException {
        return frozen(disk.path()) ? layering.layer(disk, next()) : disk;
    }

    /** Whether a save has taken a disk back for good. */
    private static boolean frozen(Path disk) throws IOException {
        return Files.exists(disk) && !Files.getPosixFilePermissions(disk).contains(PosixFilePermission.OWNER_WRITE);
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
