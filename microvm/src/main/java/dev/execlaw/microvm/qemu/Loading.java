package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.linux.ProcessMemory;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.SavedState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Gives a QEMU that has not run yet what was saved. The changed memory goes first: devices look into it when they are
 * loaded; and it must be there before the first instruction, since QEMU keeps what it translated.
 */
record Loading(MachineSpec spec, SavedState state, Vmm vmm, Migrations migrations) {

    void run(Duration deadline, Laps laps) throws IOException {
        long until = System.nanoTime() + deadline.toNanos();
        DeviceStream.read(state.devices());
        vmm.qmp().call(new QmpCommand.MigrateSetCapabilities(), left(until));
        vmm.qmp().call(new QmpCommand.NoAnnouncements(), left(until));
        Path changes = state.changes();
        if (changes != null) {
            try (ProcessMemory memory =
                    ProcessMemory.open(vmm.process().identity().pid())) {
                PageFile.load(changes.resolve(SavedState.PAGES), memory, vmm.memoryAddress(), GuestMemory.length(spec));
            }
            laps.done("pages");
        }
        migrations.begin();
        vmm.qmp().call(new QmpCommand.MigrateIncoming("fd:" + GuestMemory.DEVICES), left(until));
        migrations.await(left(until));
        laps.done("devices");
    }

    private static Duration left(long until) {
        return Duration.ofNanos(Math.max(1, until - System.nanoTime()));
    }
}
