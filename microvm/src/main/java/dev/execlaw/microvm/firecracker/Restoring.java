package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.JailPath;
import dev.execlaw.microvm.firecracker.api.Snapshot;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.Slot;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Configures a machine that goes on from a saved state. Nothing may be configured before that. */
record Restoring(MachineSpec spec, RestoreSpec restore, Slot slot) implements VmmStart.Configuration {

    private static final JailPath STATE = new JailPath("restored.state");
    private static final JailPath MEMORY = new JailPath("restored.memory");

    @Override
    public void admit(Jail jail) throws IOException {
        jail.admitShared(restore.state(), STATE.text());
        jail.admitMapped(restore.memory(), MEMORY.text());
        jail.admit(new HostPath(spec.disk().path()), Booting.DISK);
    }

    @Override
    public void send(FirecrackerClient api, VmmStart.Left left) throws IOException {
        Snapshot.Load load = load();
        Duration remaining = left.left();
        api.send(load, load.deadline().compareTo(remaining) < 0 ? load.deadline() : remaining);
    }

    Snapshot.Load load() {
        return new Snapshot.Load(
                STATE,
                new Snapshot.MemoryBackend(Snapshot.BackendType.FILE, MEMORY),
                restore.trackDirtyPages() ? true : null,
                restore.resume() ? true : null,
                List.of(new Snapshot.NetworkOverride(Booting.CARD, slot.tap())),
                null,
                restore.realtimeClock() ? true : null,
                null);
    }
}
