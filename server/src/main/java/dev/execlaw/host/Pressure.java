package dev.execlaw.host;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when the host runs short of memory or disk, before the kernel kills for it. A level is reached at once and left
 * only when things are clearly better, so that it does not flutter. Looks when it is asked to; one thread asks, every
 * second or so, which costs three short reads.
 *
 * <p>Memory is short when less than the floor is available, and very short below half of it; or when tasks wait for memory
 * 10 percent of the time (very: all of them 10 percent, or some 40 percent). Stalls of the whole host count only while less than a
 * quarter of its memory is available: with more, someone waits inside a limit of its own, and no machine of ours that
 * gives way would help. Disk is short below its floor, very short below a quarter of that.
 */
public final class Pressure {

    private static final Logger LOG = LoggerFactory.getLogger(Pressure.class);
    private static final int LEAST_FLOOR_MIB = 128;
    private static final double SOME_PERCENT = 10;
    private static final double SEVERE_SOME_PERCENT = 40;
    private static final double SEVERE_FULL_PERCENT = 10;

    /** What leaves a level must be better by this factor than what reaches it. */
    private static final double BETTER = 1.25;

    private static final double FEWER_STALLS = 0.5;

    private final HostState host;
    private final int memoryFloorMiB;
    private final int diskFloorMiB;
    private final Consumer<Report> listener;
    private Level memory = Level.NONE;
    private Level disk = Level.NONE;

    /** How short something is. */
    public enum Level {
        /** It is not. */
        NONE,
        /** Sessions that are idle should give way, one after another. */
        SOME,
        /** Several at once should, and nothing be kept ready that nobody uses. */
        SEVERE
    }

    /**
     * How things are.
     *
     * @param reasons in words, with the numbers; empty where nothing is short
     */
    public record Report(Level memory, Level disk, List<String> reasons) {

        public Report {
            reasons = List.copyOf(reasons);
        }

        /** The worse of the two. */
        public Level level() {
            return memory.compareTo(disk) >= 0 ? memory : disk;
        }
    }

    /**
     * A watch over the host that has not looked yet.
     *
     * @param listener told at each look as long as anything is short, and once when nothing is any more. Must not block
     */
    public Pressure(HostState host, HostLimits limits, Consumer<Report> listener) {
        this.host = host;
        // A floor of 0 gives machines everything; the kernel would kill before anyone gave way.
        this.memoryFloorMiB = Math.max(LEAST_FLOOR_MIB, limits.memoryFloorMiB());
        this.diskFloorMiB = limits.diskFloorMiB();
        this.listener = listener;
    }

    /** Looks once, and tells the listener if there is something to tell. */
    public void look() {
        List<String> reasons = new ArrayList<>();
        Level memoryBefore = memory;
        Level diskBefore = disk;
        memory = memoryLevel(reasons);
        disk = diskLevel(reasons);
        Report report = new Report(memory, disk, reasons);
        boolean changed = memory != memoryBefore || disk != diskBefore;
        if (changed && report.level() == Level.NONE) {
            LOG.info("pressure on the host is over");
        } else if (changed) {
            LOG.warn("pressure on the host: memory {}, disk {}: {}", memory, disk, String.join("; ", reasons));
        }
        if (changed || report.level() != Level.NONE) {
            listener.accept(report);
        }
    }

    private Level memoryLevel(List<String> reasons) {
        int available = host.availableMiB();
        Level byFloor = below(available, memoryFloorMiB, memoryFloorMiB / 2.0, memory);
        if (byFloor != Level.NONE) {
            reasons.add(available + " MiB of memory available, the floor is " + memoryFloorMiB + " MiB");
        }
        Level byMachines = stalled(host.machines(), "machines", reasons);
        Level byHost =
                available < host.totalMiB() / 4 ? stalled(host.host(), "programs of this host", reasons) : Level.NONE;
        return worst(byFloor, worst(byMachines, byHost));
    }

    private Level diskLevel(List<String> reasons) {
        long free = host.freeDiskMiB();
        Level level = below((double) free, diskFloorMiB, diskFloorMiB / 4.0, disk);
        if (level != Level.NONE) {
            reasons.add(free + " MiB of disk free, the floor is " + diskFloorMiB + " MiB");
        }
        return level;
    }

    private static Level below(double value, double some, double severe, Level now) {
        if (value < severe * (now == Level.SEVERE ? BETTER : 1)) {
            return Level.SEVERE;
        }
        return value < some * (now == Level.NONE ? 1 : BETTER) ? Level.SOME : Level.NONE;
    }

    private Level stalled(Stalls stalls, String who, List<String> reasons) {
        double severe = memory == Level.SEVERE ? FEWER_STALLS : 1;
        double some = memory == Level.NONE ? 1 : FEWER_STALLS;
        Level level = Level.NONE;
        if (stalls.full() >= SEVERE_FULL_PERCENT * severe || stalls.some() >= SEVERE_SOME_PERCENT * severe) {
            level = Level.SEVERE;
        } else if (stalls.some() >= SOME_PERCENT * some) {
            level = Level.SOME;
        }
        if (level != Level.NONE) {
            reasons.add(who + " waited for memory " + stalls.some() + " % of the last 10 s, all at once "
                    + stalls.full() + " %");
        }
        return level;
    }

    private static Level worst(Level one, Level other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
