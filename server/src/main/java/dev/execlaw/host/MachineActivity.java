package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How long each session's machine has had nothing to do. Work is what the server sees (a model call, a tool, a key at the
 * console, a command, an open shell or connection), and what it does not: a guest that computes by itself, seen as CPU
 * time of its VMM beyond what an idle one takes. Any thread may use it; one calls {@link #sample}.
 */
public final class MachineActivity {

    /** The time over which CPU use must be above the threshold: a guest's own timers make short peaks. */
    static final Duration WINDOW = Duration.ofSeconds(60);

    private final Function<ProcessIdentity, Optional<Duration>> cpuTime;
    private final double busyShare;
    private final LongSupplier nanoTime;
    private final Map<String, Watched> machines = new ConcurrentHashMap<>();

    /**
     * Watches no machine yet.
     *
     * @param busyPercent of one processor; a guest that takes more works
     */
    public MachineActivity(int busyPercent) {
        this(new ProcCpu()::time, busyPercent, System::nanoTime);
    }

    MachineActivity(Function<ProcessIdentity, Optional<Duration>> cpuTime, int busyPercent, LongSupplier nanoTime) {
        if (busyPercent < 1) {
            throw new IllegalArgumentException("busyPercent is " + busyPercent + ", it must be 1 at least");
        }
        this.cpuTime = cpuTime;
        this.busyShare = busyPercent / 100.0;
        this.nanoTime = nanoTime;
    }

    /** Work that goes on until it is closed. Closing it again does nothing. */
    public interface Hold extends AutoCloseable {

        @Override
        void close();
    }

    /** What is known of one machine. Guarded by itself. */
    private static final class Watched {

        private final ProcessIdentity vmm;
        private final Deque<Sample> samples = new ArrayDeque<>();
        private final Map<Object, String> holds = new ConcurrentHashMap<>();
        private long activeAt;
        private boolean computing;

        Watched(ProcessIdentity vmm, long activeAt) {
            this.vmm = vmm;
            this.activeAt = activeAt;
        }
    }

    private record Sample(long at, Duration cpu) {

        double shareSince(Sample earlier) {
            return (double) cpu.minus(earlier.cpu).toNanos() / Math.max(1, at - earlier.at);
        }
    }

    /**
     * Watches a session's machine from now on, in place of the one it had.
     *
     * @param idle how long it has been idle already
     */
    public void watch(String session, ProcessIdentity vmm, Duration idle) {
        machines.put(session, new Watched(vmm, nanoTime.getAsLong() - idle.toNanos()));
    }

    /** Watches it no more; does nothing when it is not watched. */
    public void forget(String session) {
        machines.remove(session);
    }

    /** Marks that the session has just done something; does nothing when it is not watched. */
    public void touch(String session) {
        Watched machine = machines.get(session);
        if (machine != null) {
            touch(machine);
        }
    }

    private void touch(Watched machine) {
        synchronized (machine) {
            machine.activeAt = nanoTime.getAsLong();
        }
    }

    /**
     * Marks work that lasts; the session is not idle before all of it is closed.
     *
     * @param what in words: "a shell is open"
     */
    public Hold hold(String session, String what) {
        Watched machine = machines.get(session);
        if (machine == null) {
            return () -> {};
        }
        Object key = new Object();
        machine.holds.put(key, what);
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            if (open.getAndSet(false)) {
                touch(machine);
                machine.holds.remove(key);
            }
        };
    }

    /** Since when the session has done nothing; zero while it works, and where it is not watched. */
    public Duration idleFor(String session) {
        Watched machine = machines.get(session);
        if (machine == null || !machine.holds.isEmpty()) {
            return Duration.ZERO;
        }
        synchronized (machine) {
            return Duration.ofNanos(Math.max(0, nanoTime.getAsLong() - machine.activeAt));
        }
    }

    /** What the session is doing, in words; empty where nothing is seen. */
    public Optional<String> work(String session) {
        Watched machine = machines.get(session);
        if (machine == null) {
            return Optional.empty();
        }
        return machine.holds.values().stream()
                .findAny()
                .or(() -> computes(session) ? Optional.of("its guest computes") : Optional.empty());
    }

    /** Whether its guest took more than an idle one between the last two samples, however short that peak may have been. */
    public boolean computes(String session) {
        Watched machine = machines.get(session);
        if (machine == null) {
            return false;
        }
        synchronized (machine) {
            return machine.computing;
        }
    }

    /** The sessions that have been idle for at least that time, the longest first. */
    public List<String> idle(Duration atLeast) {
        record Rest(String session, Duration time) {}
        return machines.keySet().stream()
                .map(session -> new Rest(session, idleFor(session)))
                .filter(rest -> !rest.time.isZero() && rest.time.compareTo(atLeast) >= 0)
                .sorted((a, b) -> b.time.compareTo(a.time))
                .map(Rest::session)
                .toList();
    }

    /** Looks at what the machines have computed since. To be called every few seconds; takes microseconds for each. */
    public void sample() {
        machines.values().forEach(this::sample);
    }

    private void sample(Watched machine) {
        cpuTime.apply(machine.vmm).ifPresent(cpu -> add(machine, new Sample(nanoTime.getAsLong(), cpu)));
    }

    /**
     * Whether a session does nothing now and has done nothing for a while, by a look at its guest at this moment.
     *
     * @param atLeast how long a while
     */
    public boolean rests(String session, Duration atLeast) {
        Watched machine = machines.get(session);
        if (machine == null || idleFor(session).compareTo(atLeast) < 0) {
            return false;
        }
        boolean quiet = !computes(session);
        sample(machine);
        return quiet && !computes(session) && idleFor(session).compareTo(atLeast) >= 0;
    }

    /**
     * A guest works when it is above the threshold now, and over the window too: the one alone would take a timer's peak
     * for work, the other what ended a while ago.
     */
    private void add(Watched machine, Sample sample) {
        synchronized (machine) {
            @Nullable Sample last = machine.samples.peekLast();
            machine.samples.addLast(sample);
            dropOld(machine.samples, sample.at);
            machine.computing = last != null && sample.shareSince(last) > busyShare;
            if (machine.computing && sample.shareSince(machine.samples.getFirst()) > busyShare) {
                machine.activeAt = sample.at;
            }
        }
    }

    /** Keeps the youngest sample that is as old as the window, and all since. */
    private static void dropOld(Deque<Sample> samples, long now) {
        while (samples.size() > 2) {
            Sample first = samples.removeFirst();
            if (now - samples.getFirst().at < WINDOW.toNanos()) {
                samples.addFirst(first);
                return;
            }
        }
    }
}
