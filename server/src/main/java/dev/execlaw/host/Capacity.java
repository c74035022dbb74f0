package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may have memory. What counts is memory as it is, not the sizes of guests: a clone of 1 GiB that waits for work has
 * some 50 MiB of its own and shares the rest with its template.
 *
 * <p>A machine is admitted when its <i>need</i> fits into what the host has available, less what machines just started are
 * expected to take yet, less a reserve for growth, less the floor.
 *
 * <ul>
 *   <li>The need of a machine that boots is all of its memory; of a clone, what the running clones of its template have on
 *       average (PSS), and the configured least; of a saved machine, what it had.
 *   <li>A machine counts with its need until it has been measured a minute after its start, and from then on with what it
 *       has, which the host no longer shows as available.
 *   <li>The reserve lets any one machine grow to its full size at once. When several do, memory falls below the floor;
 *       then {@link Pressure} has idle ones hibernated.
 * </ul>
 *
 * <p>When it does not fit, sessions that are idle give way one after another, until it does. Any thread may use this; no
 * lock is held while a process is measured, or while a session gives way.
 */
public final class Capacity {

    private static final Logger LOG = LoggerFactory.getLogger(Capacity.class);
    private static final Duration ROOM = Duration.ofSeconds(60);
    private static final int FAILURES = 3;
    private static final String NEXT = "stop or delete a session, or create this one with less memoryMiB";

    private final HostMemory memory;
    private final HostLimits limits;
    private final Path dataDirectory;
    private final Evictions evictions;
    private final Duration room;
    private final LongSupplier nanoTime;
    private final Map<String, Share> shares = new HashMap<>();

    /** Where nobody gives way. */
    public Capacity(HostMemory memory, HostLimits limits, Path dataDirectory) {
        this(memory, limits, dataDirectory, new Evictions());
    }

    public Capacity(HostMemory memory, HostLimits limits, Path dataDirectory, Evictions evictions) {
        this(memory, limits, dataDirectory, evictions, ROOM, System::nanoTime);
    }

    Capacity(
            HostMemory memory,
            HostLimits limits,
            Path dataDirectory,
            Evictions evictions,
            Duration room,
            LongSupplier nanoTime) {
        this.memory = memory;
        this.limits = limits;
        this.dataDirectory = dataDirectory;
        this.evictions = evictions;
        this.room = room;
        this.nanoTime = nanoTime;
    }

    /** As {@link #reserve(String, Demand)}, for a machine that boots. */
    public void reserve(String session, int guestMiB) {
        reserve(session, Demand.cold(guestMiB));
    }

    /**
     * Reserves memory for a session's machine, in place of what the session had. Where it does not fit, waits up to a
     * minute for idle sessions to give way.
     *
     * @param session its id, or a name of the pool's own that {@link #transfer} replaces later
     * @throws ProblemException {@code CAPACITY_MEMORY} with the numbers, {@code DISK_FULL}
     */
    public void reserve(String session, Demand demand) {
        requireDisk();
        long until = nanoTime.getAsLong() + room.toNanos();
        int failures = 0;
        boolean nobodyIdle = false;
        while (true) {
            Balance balance = admit(session, demand);
            if (balance.fits()) {
                return;
            }
            if (balance.hopeless()) {
                throw refused(balance, "with no other machine in memory it would not fit either", null);
            }
            if (nobodyIdle) {
                throw refused(balance, "no other session is idle, so none can give way", null);
            }
            try {
                Duration left = Duration.ofNanos(until - nanoTime.getAsLong());
                if (left.isNegative()) {
                    throw refused(balance, notInTime(), null);
                }
                // Where nobody is idle the last one may have gone just now, so the sum is made once more.
                nobodyIdle = !evictions.await("its memory is needed for another session", left);
            } catch (ExecutionException e) {
                failures++;
                if (failures == FAILURES) {
                    throw refused(balance, "idle sessions cannot give way: " + cause(e), e);
                }
            } catch (TimeoutException e) {
                throw refused(balance, notInTime(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw refused(balance, "it was called off while another session gave way", e);
            }
        }
    }

    /** As {@link #reserve(String, Demand)}, but nobody gives way for it. Returns whether it fits. */
    public boolean reserveIfFree(String session, Demand demand) {
        requireDisk();
        return admit(session, demand).fits();
    }

    private String notInTime() {
        return "idle sessions that gave way did not make enough room within " + room.toSeconds() + " s";
    }

    private Balance admit(String session, Demand demand) {
        int available = memory.availableMiB();
        synchronized (shares) {
            Balance balance = Balance.of(demand, others(session), available, limits);
            if (balance.fits()) {
                shares.put(session, Share.promised(demand));
            }
            return balance;
        }
    }

    private List<Share> others(String session) {
        return shares.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(session))
                .map(Map.Entry::getValue)
                .toList();
    }

    private static ProblemException refused(Balance balance, String reason, @Nullable Exception cause) {
        String detail = balance.words() + "; " + reason;
        return cause == null
                ? new ProblemException(ErrorCode.CAPACITY_MEMORY, detail, NEXT)
                : new ProblemException(ErrorCode.CAPACITY_MEMORY, detail, NEXT, cause);
    }

    private static String cause(ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /** As {@link #adopt(String, Demand, ProcessIdentity)}, for a machine that once booted. */
    public void adopt(String session, int guestMiB, ProcessIdentity vmm) {
        adopt(session, Demand.cold(guestMiB), vmm);
    }

    /** Counts a machine that has been running for long, whatever the host has. */
    public void adopt(String session, Demand demand, ProcessIdentity vmm) {
        long now = nanoTime.getAsLong();
        Share found = Share.promised(demand).started(vmm, now - Share.SETTLING.toNanos());
        int held = memory.proportionalMiB(vmm);
        synchronized (shares) {
            shares.put(session, found.measured(held, now));
        }
    }

    /** Tells which process uses a reservation; what it has in memory is no longer to be kept free for it. */
    public void started(String session, ProcessIdentity vmm) {
        long now = nanoTime.getAsLong();
        synchronized (shares) {
            shares.computeIfPresent(session, (_, share) -> share.started(vmm, now));
        }
    }

    /** Gives a reservation, with the machine that uses it, another name; what was reserved under that name is released. */
    public void transfer(String from, String to) {
        synchronized (shares) {
            Share share = shares.remove(from);
            if (share == null) {
                throw new IllegalStateException(
                        "no memory is reserved for " + from + ", so none can be given to " + to);
            }
            shares.put(to, share);
        }
    }

    /** Gives a reservation back; does nothing when there is none. To be called when the VMM is gone, not before. */
    public void release(String session) {
        synchronized (shares) {
            shares.remove(session);
        }
    }

    /**
     * Measures the machines whose turn it is: young ones each time, others twice a minute. To be called every few seconds
     * by one thread; takes a millisecond or so for each machine.
     */
    public void measure() {
        long now = nanoTime.getAsLong();
        List<String> due = new ArrayList<>();
        List<ProcessIdentity> processes = new ArrayList<>();
        synchronized (shares) {
            shares.forEach((session, share) -> {
                ProcessIdentity vmm = share.vmm();
                if (vmm != null && share.due(now)) {
                    due.add(session);
                    processes.add(vmm);
                }
            });
        }
        for (int i = 0; i < due.size(); i++) {
            try {
                measure(due.get(i), processes.get(i), now);
            } catch (UncheckedIOException e) {
                LOG.warn("the machine of session {} counts as before", due.get(i), e);
            }
        }
    }

    private void measure(String session, ProcessIdentity vmm, long now) {
        int held = memory.proportionalMiB(vmm);
        synchronized (shares) {
            shares.computeIfPresent(session, (_, share) -> vmm.equals(share.vmm()) ? share.measured(held, now) : share);
        }
    }

    /** What a session's machine had in memory when last measured, MiB; 0 where it was not. */
    public int heldMiB(String session) {
        synchronized (shares) {
            Share share = shares.get(session);
            return share == null ? 0 : share.heldMiB();
        }
    }

    /** Memory that machines have or are expected to have soon, MiB. */
    public int reservedMiB() {
        synchronized (shares) {
            return shares.values().stream()
                    .mapToInt(share -> Balance.counted(share, shares.values(), limits))
                    .sum();
        }
    }

    /** Memory that all machines together can have as things are, MiB. */
    public int capacityMiB() {
        int available = memory.availableMiB();
        synchronized (shares) {
            int outstanding = Balance.outstanding(shares.values(), limits);
            return Math.max(0, available - limits.memoryFloorMiB() - outstanding + reservedMiB());
        }
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
