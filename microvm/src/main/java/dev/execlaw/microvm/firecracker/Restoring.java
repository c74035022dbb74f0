package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.firecracker.api.Command;
import dev.execlaw.microvm.firecracker.api.Control;
import dev.execlaw.microvm.firecracker.api.Device;
import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.JailPath;
import dev.execlaw.microvm.firecracker.api.RateLimiter;
import dev.execlaw.microvm.firecracker.api.Snapshot;
import dev.execlaw.microvm.firecracker.api.TokenBucket;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.network.Slot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Configures a machine that goes on from a saved state. Nothing may be configured before that. Its network card is put on
 * the machine's own TAP device; its disk, its memory and its vsock are found under the names that they have in every jail.
 *
 * <p>A template's memory is linked and mapped: its pages are shared by all clones until they are written to. That of a
 * checkpoint is a file of the machine's own, a copy of the template's with the changes laid over: see {@link BlockClone}
 * for what that costs.
 *
 * @param run whether the guest goes on at once, or stays paused
 */
record Restoring(MachineSpec spec, SavedState state, Slot slot, BlankMemory blank, boolean run)
        implements VmmStart.Configuration {

    private static final JailPath STATE = new JailPath("restored.state");
    private static final JailPath MEMORY = new JailPath("restored.memory");

    @Override
    public void admit(Jail jail) throws IOException {
        blank.mend(state, spec.memoryMiB());
        checkLength(state.memory());
        jail.admitShared(new HostPath(state.devices()), STATE.text());
        Path changes = state.changes();
        if (changes == null) {
            jail.admitMapped(new HostPath(state.memory()), MEMORY.text());
        } else {
            HostPath pages = new HostPath(changes.resolve(SavedState.PAGES));
            checkLength(pages.path());
            SavedSums.check(changes);
            jail.admitCopy(new HostPath(state.memory()), MEMORY, "r--------");
            BlockClone.overlay(pages.path(), jail.host(MEMORY).path());
            jail.admitCopy(pages, Jail.CHANGED, "rw-------");
        }
        jail.admit(new HostPath(spec.disk().path()), Booting.DISK);
    }

    private void checkLength(Path file) throws IOException {
        long expected = (long) spec.memoryMiB() << 20;
        long length = Files.exists(file) ? Files.size(file) : 0;
        if (length != expected) {
            throw new IOException("saved memory " + file + " has " + length + " bytes, that of a machine of "
                    + spec.memoryMiB() + " MiB has " + expected);
        }
    }

    @Override
    public void send(FirecrackerClient api, VmmStart.Left left) throws IOException {
        for (Command command : commands()) {
            Duration remaining = left.left();
            Duration own = command.deadline();
            api.send(command, own.compareTo(remaining) < 0 ? own : remaining);
        }
    }

    /** In the order in which they are sent. */
    List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        commands.add(load());
        // The limits come back as they were saved, which are those of another machine.
        Limits limits = spec.limits();
        RateLimiter card = new RateLimiter(bucket(limits.networkBytesPerSecond()), bucket(0));
        commands.add(new Device.NetworkCardUpdate(Booting.CARD, card, card));
        RateLimiter disk =
                new RateLimiter(bucket(limits.diskBytesPerSecond()), bucket(limits.diskOperationsPerSecond()));
        commands.add(new Device.DriveUpdate(Booting.ROOT, null, disk));
        if (run) {
            commands.add(new Control.Resume());
        }
        return List.copyOf(commands);
    }

    private static TokenBucket bucket(long perSecond) {
        return perSecond == 0 ? new TokenBucket(0, 0, null) : TokenBucket.perSecond(perSecond);
    }

    /** Written pages are noted from then on, which a snapshot does not hand down: only so can what changed be saved. */
    private Snapshot.Load load() {
        return new Snapshot.Load(
                STATE,
                new Snapshot.MemoryBackend(Snapshot.BackendType.FILE, MEMORY),
                true,
                null,
                List.of(new Snapshot.NetworkOverride(Booting.CARD, slot.tap())),
                null,
                null,
                null);
    }
}
