package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.machine.Driver.DiskClone;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A way to make a writable clone of a raw base disk. Any thread may use it. */
@FunctionalInterface
public interface DiskCloning {

    /**
     * Makes the clone in a file of its own in the directory.
     *
     * @return empty when this host or file system does not offer this way; nothing is left then
     */
    Optional<DiskClone> clone(Path base, Path directory) throws MachineException;

    /** Tries several ways in order. */
    static DiskCloning firstOf(List<DiskCloning> ways) {
        List<DiskCloning> order = List.copyOf(ways);
        return (base, directory) -> {
            for (DiskCloning way : order) {
                Optional<DiskClone> clone = way.clone(base, directory);
                if (clone.isPresent()) {
                    return clone;
                }
            }
            return Optional.empty();
        };
    }
}
