package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A host with so much memory to give, machines that hold some of it, and a clock that is moved by hand. */
final class SimulatedHost implements HostMemory {

    final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1_000_000_000L); // the clock may wrap
    final AtomicInteger measured = new AtomicInteger();
    private final Map<ProcessIdentity, Integer> held = new ConcurrentHashMap<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final int freeMiB;

    SimulatedHost(int freeMiB) {
        this.freeMiB = freeMiB;
    }

    /** A machine that holds so much. */
    ProcessIdentity machine(int mib) {
        ProcessIdentity machine = new ProcessIdentity(numbers.incrementAndGet(), 1);
        held.put(machine, mib);
        return machine;
    }

    void holds(ProcessIdentity machine, int mib) {
        held.put(machine, mib);
    }

    void ends(ProcessIdentity machine) {
        held.remove(machine);
    }

    void later(long seconds) {
        nanoTime.addAndGet(seconds * 1_000_000_000L);
    }

    @Override
    public int totalMiB() {
        return 2 * freeMiB;
    }

    @Override
    public int availableMiB() {
        return freeMiB - held.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public int proportionalMiB(ProcessIdentity process) {
        measured.incrementAndGet();
        return held.getOrDefault(process, 0);
    }
}
