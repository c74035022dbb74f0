package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who may have memory. A machine is admitted when the host would still have its floor left if every admitted guest
 * touched all of its memory at once. Any thread may use it.
 */
public final class Capacity {

    private final HostMemory memory;
    private final HostLimits limits;
    private final Path dataDirectory;
    private final Map<String, Share> shares = new HashMap<>();

    public Capacity(HostMemory memory, HostLimits limits, Path dataDirectory) {
        this.memory = memory;
        this.limits = limits;
        this.dataDirectory = dataDirectory;
    }

    private record Share(int mib, Optional<ProcessIdentity> process) {}

    /**
     * Reserves memory for a session's machine, in place of what the session had.
     *
     * @throws ProblemException {@code CAPACITY_MEMORY} with the numbers, {@code DISK_FULL}
     */
    public void reserve(String session, int guestMiB) {
        requireDisk();
        int available = memory.availableMiB();
        synchronized (shares) {
            int need = guestMiB + limits.overheadMiB();
            int free = available - limits.memoryFloorMiB() - promised(session);
            if (need > free) {
                throw new ProblemException(
                        ErrorCode.CAPACITY_MEMORY,
                        "the machine needs " + need + " MiB (" + guestMiB + " for the guest, " + limits.overheadMiB()
                                + " for its VMM), the host has " + Math.max(0, free) + " MiB to give: " + available
                                + " MiB available, less " + promised(session)
                                + " MiB promised to other machines and not yet used, less a floor of "
                                + limits.memoryFloorMiB() + " MiB",
                        "stop or delete a session, or create this one with less memoryMiB");
            }
            shares.put(session, new Share(need, Optional.empty()));
        }
    }

    /** Counts a machine that runs already, whatever the host has. */
    public void adopt(String session, int guestMiB, ProcessIdentity vmm) {
        synchronized (shares) {
            shares.put(session, new Share(guestMiB + limits.overheadMiB(), Optional.of(vmm)));
        }
    }

    /** Tells which process uses a reservation; what it has in memory is no longer to be kept free for it. */
    public void started(String session, ProcessIdentity vmm) {
        synchronized (shares) {
            shares.computeIfPresent(session, (_, share) -> new Share(share.mib, Optional.of(vmm)));
        }
    }

    /** Gives a reservation back; does nothing when there is none. */
    public void release(String session) {
        synchronized (shares) {
            shares.remove(session);
        }
    }

    /** Memory given to machines, MiB. */
    public int reservedMiB() {
        synchronized (shares) {
            return shares.values().stream().mapToInt(Share::mib).sum();
        }
    }

    /** Memory that all machines together can have as things are, MiB. */
    public int capacityMiB() {
        int available = memory.availableMiB();
        synchronized (shares) {
            return Math.max(0, available - limits.memoryFloorMiB() - promised("") + reservedMiB());
        }
    }

    /** What admitted machines other than this session's have not yet taken from the host. */
    private int promised(String session) {
        return shares.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(session))
                .mapToInt(entry -> Math.max(
                        0,
                        entry.getValue().mib
                                - entry.getValue()
                                        .process
                                        .map(memory::residentMiB)
                                        .orElse(0)))
                .sum();
    }

    private void requireDisk() {
        try {
            long free = Files.getFileStore(dataDirectory).getUsableSpace() >> 20;
            if (free < limits.diskFloorMiB()) {
                throw new ProblemException(
                        ErrorCode.DISK_FULL,
                        "the data directory " + dataDirectory + " has " + free + " MiB free, a machine starts with "
                                + limits.diskFloorMiB() + " MiB at least",
                        "free some space: delete sessions or old images");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the free space of " + dataDirectory + " cannot be read", e);
        }
    }
}
