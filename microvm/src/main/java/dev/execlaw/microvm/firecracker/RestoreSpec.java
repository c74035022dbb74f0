package dev.execlaw.microvm.firecracker;

/**
 * A guest that goes on from a saved state. The network card is put on the machine's own TAP device, the disk is the
 * machine's own and must be as it was at that instant.
 *
 * @param state the saved devices and processors
 * @param memory the saved memory. Mapped, not read: it must stay as it is as long as any machine runs on it
 * @param resume whether the guest runs at once, or stays paused
 * @param trackDirtyPages whether the pages written from now on are noted
 * @param realtimeClock whether the guest's kvmclock is moved to the present
 */
public record RestoreSpec(
        HostPath state, HostPath memory, boolean resume, boolean trackDirtyPages, boolean realtimeClock)
        implements Origin {}
