package dev.execlaw.microvm.diff;

import dev.execlaw.microvm.diff.FileChange.Shown;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Compares two states of a guest's ext4 disk. Any thread may use it; a comparison runs on the caller's and is ended, with
 * an error, by interrupting that.
 *
 * <p><b>How fresh it is.</b> A disk is read as a kernel would find it after a loss of power at that moment: journalled
 * transactions that are committed count, what is only in the guest's page cache does not. Linux commits every 5 seconds
 * and writes data of new files up to 30 seconds late (until then they may be missing or empty), so for a diff that has
 * everything the guest must sync(2) before its disk is frozen or its machine is paused. A disk that is written to while
 * it is read gives nonsense or an error: only frozen layers, and disks of paused and stopped machines, are to be given.
 */
public final class DiskDiff {

    private final List<Path> roots;
    private final LongSupplier nanos;

    /**
     * A reader of disks below these directories. Each file of a chain of layers must be below one of them, for a VMM that
     * was broken into can write any name into the header of its own layer: give the machine's directory, and those of
     * its template and image, rather than the directory above them all.
     *
     * @param roots existing directories
     */
    public DiskDiff(List<Path> roots) {
        this(roots, System::nanoTime);
    }

    DiskDiff(List<Path> roots, LongSupplier nanos) {
        this.roots = List.copyOf(roots);
        this.nanos = nanos;
    }

    /**
     * What changed from one to the other.
     *
     * @param older raw or qcow2, with whatever is under it
     * @param newer a later state of the same disk; the more layers it shares with the older one, the less is read
     * @throws DiffException when one of them cannot be read as an ext4 file system. Damage further in is a note
     */
    public DiffReport between(Disk older, Disk newer, DiffLimits limits) throws DiffException {
        Deadline deadline = new Deadline(limits.time(), nanos);
        try (ChainedDisk first = ChainedDisk.open(older, roots, deadline);
                ChainedDisk second = ChainedDisk.open(newer, roots, deadline)) {
            return compare(system(first, older, deadline), system(second, newer, deadline), limits);
        } catch (DiffException e) {
            throw e;
        } catch (Deadline.Passed e) {
            throw new DiffException(
                    "%s and %s could not even be opened within %s".formatted(older.path(), newer.path(), limits.time()),
                    e);
        } catch (IOException e) {
            throw new DiffException("cannot read %s or %s: %s".formatted(older.path(), newer.path(), e), e);
        } catch (RuntimeException e) {
            // Bounds are checked where they are known to matter; what a guest finds beside them ends here.
            throw new DiffException("the disks %s and %s are damaged: %s".formatted(older.path(), newer.path(), e), e);
        }
    }

    private static FileSystem system(ChainedDisk chain, Disk disk, Deadline deadline) throws IOException {
        try {
            return FileSystem.of(chain, deadline);
        } catch (DiffException e) {
            throw new DiffException("disk " + disk.path() + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static DiffReport compare(FileSystem older, FileSystem newer, DiffLimits limits) throws IOException {
        SharedBlocks shared = new SharedBlocks(older, newer);
        if (shared.all()) {
            return new DiffReport(List.of(), "", false, List.of());
        }
        Notes notes = new Notes();
        older.journal().note().ifPresent(note -> notes.add("before: " + note));
        newer.journal().note().ifPresent(note -> notes.add("after: " + note));
        Comparison comparison = new Comparison(older, newer, shared);
        TreeWalk walk = new TreeWalk(older, newer, comparison, notes, limits.files());
        try {
            walk.walk();
        } catch (Deadline.Passed _) {
            // What was found until now is worth having.
            notes.truncated("the comparison did not end within " + limits.time() + "; not all was compared");
        }
        List<Found> found = new ArrayList<>(walk.found());
        found.sort(Comparator.comparing(Found::path));
        UnifiedPatch patch = new UnifiedPatch(limits);
        List<FileChange> files = show(found, patch, notes, limits);
        return new DiffReport(files, patch.toString(), notes.truncated(), notes.all());
    }

    private static List<FileChange> show(List<Found> found, UnifiedPatch patch, Notes notes, DiffLimits limits)
            throws IOException {
        List<FileChange> files = new ArrayList<>();
        boolean late = false;
        for (Found each : found) {
            Shown shown = Shown.OMITTED;
            if (!late) {
                try {
                    shown = patch.add(each);
                } catch (Deadline.Passed _) {
                    late = true;
                    notes.truncated("the patch was not complete within " + limits.time());
                }
            }
            files.add(each.change().shown(shown));
        }
        if (patch.isFull()) {
            notes.truncated("the patch ends at " + limits.patchBytes() + " bytes");
        }
        return files;
    }
}
