package dev.execlaw.microvm.image;

import dev.execlaw.microvm.machine.MachineSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Puts files into the disk of a machine that does not run, whatever the disk's format. No root, no mount. */
public final class DiskFiles {

    private DiskFiles() {}

    /**
     * Writes the files into the disk's ext4 file system and proves it by reading them back from the disk.
     *
     * @param disk a disk that no machine uses; qcow2 may lie over a raw image
     * @param work private directory; nothing of it is left there
     */
    public static void inject(MachineSpec.Disk disk, Path work, List<GuestFile> files)
            throws IOException, InterruptedException {
        switch (disk.format()) {
            case RAW -> new Ext4(disk.path(), work).write(files);
            case QCOW2 -> new QcowInjection(disk.path(), work).write(files);
        }
    }
}
