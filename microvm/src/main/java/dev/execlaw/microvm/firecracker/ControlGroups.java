package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.linux.Inotify;
import dev.execlaw.microvm.machine.MachineSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The control groups (cgroup v2) that the jailer puts machines in, as far as this host has the controllers.
 *
 * @param mount where the hierarchy is; null where there is none with a controller: then nothing is limited
 * @param controllers what it offers at its root
 * @param parent name of the group that those of the machines are made in
 */
record ControlGroups(@Nullable Path mount, Set<String> controllers, String parent) {

    private static final int OVERHEAD_MIB = 64;
    private static final int THREADS = 64;
    private static final int PERIOD = 100_000;
    private static final Duration END = Duration.ofSeconds(5);

    ControlGroups {
        controllers = Set.copyOf(controllers);
    }

    /** What this host has. */
    static ControlGroups find(String parent) throws IOException {
        return find(Path.of("/proc/self/mountinfo"), parent);
    }

    /** What a mount table in the form of proc(5) has. */
    static ControlGroups find(Path mountInfo, String parent) throws IOException {
        for (String line : Files.readAllLines(mountInfo)) {
            int separator = line.indexOf(" - ");
            if (separator < 0 || !line.startsWith(" - cgroup2 ", separator)) {
                continue;
            }
            Path mount = Path.of(line.split(" ", -1)[4]);
            Path file = mount.resolve("cgroup.controllers");
            Set<String> controllers =
                    Files.exists(file) ? Set.of(Files.readString(file).strip().split("\\s+")) : Set.of();
            if (controllers.contains("memory") || controllers.contains("cpu") || controllers.contains("pids")) {
                return new ControlGroups(mount, controllers, parent);
            }
        }
        return new ControlGroups(null, Set.of(), parent);
    }

    /** What the jailer is told: the guest's memory and a little for the VMM, its vCPUs and a half, some threads. */
    List<String> jailerArguments(MachineSpec spec) {
        if (mount == null) {
            return List.of();
        }
        List<String> arguments = new ArrayList<>(List.of("--cgroup-version", "2", "--parent-cgroup", parent));
        if (controllers.contains("memory")) {
            limit(arguments, "memory.max=" + ((long) (spec.memoryMiB() + OVERHEAD_MIB) << 20));
        }
        if (controllers.contains("cpu")) {
            limit(arguments, "cpu.max=" + (spec.vcpus() * PERIOD + PERIOD / 2) + " " + PERIOD);
        }
        if (controllers.contains("pids")) {
            limit(arguments, "pids.max=" + (spec.vcpus() + THREADS));
        }
        return List.copyOf(arguments);
    }

    private static void limit(List<String> arguments, String value) {
        arguments.add("--cgroup");
        arguments.add(value);
    }

    /** What is not limited, in plain words. */
    List<String> gaps() {
        List<String> gaps = new ArrayList<>();
        for (String controller : List.of("memory", "cpu", "pids")) {
            if (!controllers.contains(controller)) {
                gaps.add("machines are not limited by a control group of " + controller
                        + ": this host has no controller of that name in version 2");
            }
        }
        return gaps;
    }

    /** Removes the group of a machine that has ended, and ends what is left in it. */
    void remove(String machine) throws IOException {
        if (mount == null) {
            return;
        }
        Path group = mount.resolve(parent).resolve(machine);
        if (!Files.isDirectory(group)) {
            return;
        }
        if (Files.exists(group.resolve("cgroup.kill"))) {
            Files.writeString(group.resolve("cgroup.kill"), "1");
        }
        awaitEmpty(group.resolve("cgroup.events"));
        Files.delete(group);
    }

    private static void awaitEmpty(Path events) throws IOException {
        if (!Files.exists(events)) {
            return;
        }
        Semaphore news = new Semaphore(0);
        long until = System.nanoTime() + END.toNanos();
        try (Inotify.Watch _ = Inotify.written(events, news::release)) {
            while (Files.readString(events).contains("populated 1")) {
                if (!news.tryAcquire(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    throw new IOException("processes of the control group " + events.getParent() + " live "
                            + END.toSeconds() + " s after they were killed");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the control group " + events.getParent() + " emptied", e);
        }
    }
}
