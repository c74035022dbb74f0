package dev.execlaw.session;

import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.machine.MachineSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Puts files into the disk of a machine that does not run. */
@FunctionalInterface
public interface DiskWriter {

    /**
     * Writes the files and proves it by reading them back.
     *
     * @param work private directory for temporary files
     */
    void write(MachineSpec.Disk disk, Path work, List<GuestFile> files) throws IOException, InterruptedException;
}
