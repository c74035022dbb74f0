package dev.execlaw.session;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.linux.DiskUse;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.microvm.wake.WakeException;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.store.CheckpointRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Saves a machine, on a thread of its own: the guest stands still while its state is written. Then it goes on, or it is
 * ended and sleeps. A save that fails leaves the guest running as if it had not been tried.
 */
final class Saving implements Work.Job {

    private final SessionParts parts;
    private final Point point;
    private final Machine machine;
    private final Depth depth;
    private final boolean sleep;
    private final int run;
    private final Consumer<Mail> mail;

    /**
     * A save that is not begun.
     *
     * @param sleep whether the machine is ended afterwards
     */
    Saving(SessionParts parts, Point point, Machine machine, Depth depth, boolean sleep, int run, Consumer<Mail> mail) {
        this.parts = parts;
        this.point = point;
        this.machine = machine;
        this.depth = depth;
        this.sleep = sleep;
        this.run = run;
        this.mail = mail;
    }

    /**
     * What is saved.
     *
     * @param seq position in the log that it stands for
     * @param kind as in {@link CheckpointView}
     * @param undone ranges of the log that are undone at this position
     */
    record Point(
            String session, long seq, String kind, @Nullable String name, List<Range> undone) {

        /** Whether the machine is ended to be another of its states at once, in the network where it was. */
        boolean goesBack() {
            return kind.equals("undo");
        }
    }

    @Override
    public Optional<Machine> machine() {
        return Optional.of(machine);
    }

    @Override
    public void run() throws Exception {
        if (sleep && machine.spec().memory() instanceof Memory.Fresh) {
            hearOfItsWayBack();
        }
        depth.makeRoom();
        long began = System.nanoTime();
        Path directory = place();
        Disk frozen = machine.disk();
        long written = DiskUse.own(frozen.path());
        Disk next = parts.driver().layer(frozen, new Layers(parts.directory(point.session())).next());
        SavedState state = saved(directory, next);
        if (!sleep) {
            machine.resume();
        }
        long stood = millis(began);
        CheckpointRow row = row(state, frozen, written, directory);
        parts.past().checkpoints().put(row);
        if (sleep) {
            machine.close();
            parts.gateway().close(point.session());
            if (point.goesBack()) {
                parts.host().sweep().vmm(point.session());
            } else {
                parts.host().sweep().machine(point.session());
            }
            parts.host().capacity().release(point.session());
            mail.accept(new Mail.Slept(run, row, millis(began)));
        } else {
            mail.accept(new Mail.Saved(run, row, machine.disk(), stood));
        }
    }

    /** A guest that booted was never woken: images of older builds cannot be, and would sleep for ever. */
    private void hearOfItsWayBack() throws MachineException {
        try {
            machine.resume(); // it may rest
            parts.waker().wake(machine, Wake.UP, parts.timings().wake());
        } catch (WakeException e) {
            throw new MachineException("its guest does not answer at its wake-up port, so it would not wake again", e);
        }
    }

    private Path place() throws IOException {
        Path all = parts.checkpoints(point.session());
        var own = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(all, own);
        return Files.createTempDirectory(all, point.seq() + "-", own);
    }

    private SavedState saved(Path directory, Disk next) throws IOException, MachineException {
        try {
            machine.pause();
            return machine.save(directory, next);
        } catch (MachineException e) {
            try {
                DirectoryTree.delete(directory);
            } finally {
                machine.resume();
            }
            throw e;
        }
    }

    private CheckpointRow row(SavedState state, Disk frozen, long written, Path directory) throws IOException {
        return new CheckpointRow(
                point.session(),
                point.seq(),
                parts.clock().millis(),
                point.kind(),
                point.name(),
                state.template().toString(),
                directory.toString(),
                frozen.path().toString(),
                frozen.format().name(),
                Checkpoints.encode(point.undone()),
                written,
                size(directory));
    }

    private static long size(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                bytes += DiskUse.data(file);
            }
        }
        return bytes;
    }

    private static long millis(long began) {
        return Duration.ofNanos(System.nanoTime() - began).toMillis();
    }

    @Override
    public Mail failed(Exception failure) {
        return new Mail.NotSaved(
                run,
                new Problem(
                        ErrorCode.CHECKPOINT_FAILED,
                        "the machine could not be saved: "
                                + Optional.ofNullable(failure.getMessage()).orElse(failure.toString()),
                        failure.getCause() instanceof WakeException
                                ? "the session goes on; stop it to give its memory back, its disk and conversation stay"
                                : "the session goes on; free some disk space if that is what is missing, and try again"));
    }
}
