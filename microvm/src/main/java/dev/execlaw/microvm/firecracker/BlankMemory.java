package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.machine.SavedState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * What stands for the template of machines that booted: memory in which nothing was written yet, a file of one hole. It
 * has no devices, as nothing starts from it alone. Made when it is missed, so it may be removed at any time.
 *
 * @param kept where it is, one directory for each size
 */
record BlankMemory(Path kept) {

    /** The directory for machines of that much memory. */
    Path template(int memoryMiB) throws IOException {
        Path directory = kept.resolve(String.valueOf(memoryMiB));
        Path file = directory.resolve(SavedState.MEMORY);
        if (!Files.exists(file)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path fresh = Files.createTempFile(directory, SavedState.MEMORY, ".new");
            try (RandomAccessFile memory = new RandomAccessFile(fresh.toFile(), "rw")) {
                memory.setLength((long) memoryMiB << 20);
            }
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("r--r--r--"));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return directory;
    }

    /** Makes it again where a saved state goes on from one of these that is gone. */
    void mend(SavedState state, int memoryMiB) throws IOException {
        if (state.template().equals(kept.resolve(String.valueOf(memoryMiB)))) {
            template(memoryMiB);
        }
    }
}
