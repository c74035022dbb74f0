package dev.execlaw.session;

import dev.execlaw.microvm.diff.DiffException;
import dev.execlaw.microvm.diff.DiffLimits;
import dev.execlaw.microvm.diff.DiskDiff;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.CheckpointRow;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads what changed on a session's disk between two of its checkpoints, without its guest. Any thread may use it. */
record Changes(SessionParts parts, String session, Image image) {

    /** From the image, where there is no older checkpoint. */
    DiffView between(Optional<CheckpointRow> older, CheckpointRow newer) {
        Disk from = older.map(Checkpoints::disk).orElseGet(() -> new Disk(image.rootfs(), Disk.Format.RAW));
        // A machine that was broken into can name any file in its disk's header: only these are opened.
        Path template = Path.of(newer.template());
        List<Path> roots =
                List.of(parts.directory(session), template, image.rootfs().resolveSibling(""));
        try {
            return DiffView.of(new DiskDiff(roots).between(from, Checkpoints.disk(newer), DiffLimits.DEFAULT));
        } catch (DiffException e) {
            throw new ProblemException(
                    ErrorCode.DIFF_FAILED,
                    "the disks cannot be compared: " + e.getMessage(),
                    "compare other checkpoints, or look inside with a command",
                    e);
        }
    }
}
