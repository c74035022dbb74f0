package dev.execlaw.microvm.firecracker;

import java.nio.file.Path;

/** A path as this process names it, absolute. A VMM in a jail knows it by another, or not at all. */
public record HostPath(Path path) {

    public HostPath {
        path = path.toAbsolutePath().normalize();
    }

    /** A path below this one. */
    public HostPath resolve(String name) {
        return new HostPath(path.resolve(name));
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
