package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.cgroup.CgroupLimits;
import dev.execlaw.microvm.cgroup.CgroupLimits.Setting;
import dev.execlaw.microvm.cgroup.Cgroups;
import dev.execlaw.microvm.machine.MachineSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The control groups (cgroup v2) that the jailer puts machines in, as far as this host has the controllers.
 *
 * @param cgroups where they are; null where there can be none: then nothing is limited
 * @param parent name of the group that those of the machines are made in
 * @param gaps what is not limited, in plain words
 */
record ControlGroups(@Nullable Cgroups cgroups, String parent, List<String> gaps) {

    private static final int OVERHEAD_MIB = 64;
    private static final int THREADS = 64;
    private static final int OWN_CPU_PERCENT = 50;
    private static final Duration END = Duration.ofSeconds(5);

    /** The jailer refuses names of more than two parts (get_controller_from_filename in its src/cgroup.rs). */
    private static final String SWAP = "memory.swap.max";

    ControlGroups {
        gaps = List.copyOf(gaps);
    }

    /** What this host has. */
    static ControlGroups open(String parent) throws IOException {
        Optional<Path> mount = Cgroups.mount();
        return mount.isPresent() ? below(mount.get(), parent) : without(parent, "this host has no cgroup2 file system");
    }

    /** What the cgroup2 file system there has. */
    static ControlGroups below(Path mount, String parent) {
        Path group = mount.resolve(parent);
        try {
            Cgroups cgroups = Cgroups.open(group);
            return new ControlGroups(cgroups, parent, cgroups.missing());
        } catch (IOException e) {
            return without(parent, "cgroup " + group + " cannot be used: " + e.getMessage());
        }
    }

    static ControlGroups without(String parent, String why) {
        return new ControlGroups(null, parent, Cgroups.allMissing(why));
    }

    /** What the jailer is told: the guest's memory and a little for the VMM, its vCPUs and a half, some threads. */
    List<String> jailerArguments(MachineSpec spec) {
        List<String> arguments = new ArrayList<>();
        for (Setting setting : limits(spec).settings()) {
            if (cgroups != null
                    && cgroups.enabled().contains(setting.controller())
                    && !setting.file().equals(SWAP)) {
                arguments.addAll(List.of("--cgroup", setting.file() + "=" + setting.value()));
            }
        }
        if (!arguments.isEmpty()) {
            // Without a limit the jailer would put the VMM into the parent itself.
            arguments.addAll(0, List.of("--cgroup-version", "2", "--parent-cgroup", parent));
        }
        return List.copyOf(arguments);
    }

    private static CgroupLimits limits(MachineSpec spec) {
        return new CgroupLimits(
                (long) (spec.memoryMiB() + OVERHEAD_MIB) << 20,
                100 * spec.vcpus() + OWN_CPU_PERCENT,
                spec.vcpus() + THREADS,
                null);
    }

    /** Removes the group of a machine that has ended, and ends what is left in it. */
    void remove(String machine) throws IOException {
        if (cgroups != null) {
            cgroups.remove(machine, END);
        }
    }
}
