package dev.execlaw.microvm.firecracker;

import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the driver needs to know of this host.
 *
 * @param binary the Firecracker program
 * @param jailer its jailer, of the same release; null to run Firecracker without one, for development
 * @param dataDirectory where machines, images and what is kept for them lie; exists
 * @param jailBase below which the jailer makes its directories, on the file system of {@code dataDirectory}, since disks
 *     are linked into them; null for the directory of each machine, where nothing can be left behind
 * @param cgroupParent name of the control group that those of the machines are made in
 * @param netns file of the network namespace that machines join; null for that of this process
 * @param enablePci whether devices are on PCI ({@code --enable-pci}) instead of MMIO
 * @param consoleKept how many bytes of each console keep their disk space
 */
public record FirecrackerSettings(
        Path binary,
        @Nullable Path jailer,
        Path dataDirectory,
        @Nullable Path jailBase,
        String cgroupParent,
        @Nullable Path netns,
        boolean enablePci,
        long consoleKept) {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]{0,62}");

    public FirecrackerSettings {
        Objects.requireNonNull(binary, "binary");
        Objects.requireNonNull(dataDirectory, "dataDirectory");
        if (!NAME.matcher(cgroupParent).matches()) {
            throw new IllegalArgumentException(
                    "cgroupParent \"" + cgroupParent + "\" is not of the form " + NAME.pattern());
        }
        if (consoleKept < 64 * 1024) {
            throw new IllegalArgumentException("consoleKept is " + consoleKept + " bytes, it must be at least 65536");
        }
    }

    /** The defaults: jails in the machines' directories, devices on MMIO, 64 MiB of console. */
    public static FirecrackerSettings of(Path binary, @Nullable Path jailer, Path dataDirectory) {
        return new FirecrackerSettings(binary, jailer, dataDirectory, null, "execlaw", null, false, 64L * 1024 * 1024);
    }

    /** Where kernels are kept that had to be unpacked. */
    Path kernels() {
        return dataDirectory.resolve("cache").resolve("kernels");
    }

    /** Where empty memories are kept, for machines that booted. */
    Path blankMemories() {
        return dataDirectory.resolve("cache").resolve("blank");
    }
}
