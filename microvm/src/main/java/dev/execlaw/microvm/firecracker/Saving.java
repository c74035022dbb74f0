package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.firecracker.api.JailPath;
import dev.execlaw.microvm.firecracker.api.Snapshot;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;

/**
 * One save of a paused machine: Firecracker writes within its jail, what it wrote is taken out, made ours and never
 * changed again; then the disk is frozen.
 *
 * <p>A template is a full snapshot. Anything later is what changed since the template: Firecracker tells what changed
 * since the last save or load and writes it over what the file {@link Jail#CHANGED} had of before, so it never needs a
 * chain. That file stays in the jail as long as the machine lives, so one that is adopted is saved as well; and should a
 * save fail, Firecracker tells the same pages again the next time (store_dirty_bitmap, src/vmm/src/vstate/memory.rs).
 */
record Saving(MachineSpec spec, Vmm vmm, FirecrackerVersion version, BlankMemory blank) {

    private static final String TEMPLATES = "r--r--r--";
    private static final String OURS = "r--------";
    private static final int LOW_MIB = 3072;

    SavedState run(Path directory, Disk disk, Disk next) throws MachineException {
        JailPath state = new JailPath("saved-" + UUID.randomUUID() + ".state");
        try {
            check(directory, next);
            SavedState saved = switch (spec.memory()) {
                case Memory.Recorded recorded -> template(directory, recorded, state);
                case Memory.Saved(SavedState from) -> changes(from.template(), directory, state);
                case Memory.Fresh _ -> changes(blank.template(spec.memoryMiB()), directory, state);
            };
            DiskFreeze.freeze(disk.path(), next.path());
            return saved;
        } catch (IOException e) {
            MachineException failure =
                    new MachineException("machine " + spec.name() + " was not saved: " + e.getMessage(), e);
            discard(vmm.jail().host(state).path(), failure);
            discard(vmm.jail().host(memoryOf(state)).path(), failure);
            throw failure;
        }
    }

    private static void check(Path directory, Disk next) throws IOException {
        if (next.format() != Disk.Format.RAW || !Files.isRegularFile(next.path())) {
            throw new IOException(next + " is no layer of this driver");
        }
        for (String name : List.of(SavedState.MEMORY, SavedState.PAGES, SavedState.DEVICES, SavedSums.FILE)) {
            if (Files.exists(directory.resolve(name))) {
                throw new IOException(
                        directory.resolve(name) + " is there; machines may run on it, so give another directory");
            }
        }
    }

    private SavedState template(Path directory, Memory.Recorded recorded, JailPath state) throws IOException {
        SavedState saved = new SavedState(directory, null);
        if (!saved.memory().equals(recorded.file())) {
            throw new IOException("its memory is to be " + recorded.file() + ", which is not in " + directory);
        }
        JailPath memory = memoryOf(state);
        create(state, memory, Snapshot.Type.FULL);
        Path fresh = directory.resolve(SavedState.MEMORY + ".new");
        vmm.jail().release(memory, fresh, "rw-------");
        Zeros.release(fresh);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(TEMPLATES));
        finish(fresh, saved.memory());
        vmm.jail().release(state, saved.devices(), TEMPLATES);
        return saved;
    }

    private SavedState changes(Path template, Path directory, JailPath state) throws IOException {
        if (!BlockClone.keepsPages(directory)) {
            throw new IOException("the file system of " + directory
                    + " does not keep holes of one page, so changed memory cannot be told from the rest; use XFS, ext4 or"
                    + " btrfs for the data directory");
        }
        // Below 1.15.0 a differential snapshot of memory above the hole under 4 GiB is corrupt (#5705).
        boolean whole = spec.memoryMiB() > LOW_MIB && !version.atLeast(1, 15, 0);
        create(state, Jail.CHANGED, whole ? Snapshot.Type.FULL : Snapshot.Type.DIFF);
        SavedState saved = new SavedState(template, directory);
        Path fresh = directory.resolve(SavedState.PAGES + ".new");
        vmm.jail().releaseCopy(Jail.CHANGED, fresh, OURS);
        finish(fresh, directory.resolve(SavedState.PAGES));
        vmm.jail().release(state, saved.devices(), OURS);
        SavedSums.write(directory);
        return saved;
    }

    private static JailPath memoryOf(JailPath state) {
        return new JailPath(state.text().replace(".state", ".memory"));
    }

    private void create(JailPath state, JailPath memory, Snapshot.Type type) throws IOException {
        vmm.api().send(new Snapshot.Create(state, memory, type), Snapshot.Create.deadline(spec.memoryMiB()));
    }

    /** Under its name it is whole and on the disk. */
    private void finish(Path fresh, Path target) throws IOException {
        long expected = (long) spec.memoryMiB() << 20;
        if (Files.size(fresh) != expected) {
            throw new IOException(fresh + " has " + Files.size(fresh) + " bytes, the guest's memory " + expected);
        }
        try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.READ)) {
            file.force(true);
        }
        Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void discard(Path file, MachineException failure) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
