package dev.execlaw.doctor.check;

import dev.execlaw.config.FirecrackerConfig;
import dev.execlaw.microvm.cgroup.Cgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether all of what is to hold a VMM can hold it on this host: an account of its own, limits by control groups, the
 * jail. It only looks, so it cannot know what the kernel refuses when a group is made: a running server knows, and has
 * it under {@code gaps} in {@code GET /system}.
 */
final class ConfinementCheck implements Check {

    private static final String LIMITS = "what a VMM takes of the host";

    @Override
    public String name() {
        return "confinement";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        List<Gap> gaps = new ArrayList<>();
        if (!"root".equals(host.properties().get("user.name"))) {
            gaps.add(new Gap(
                    "without root VMMs run as the server's user, see its files, and are not limited by control groups",
                    "run the server as root (docs/install.md)"));
        } else {
            if (host.config().vm().firstUid() == 0) {
                gaps.add(new Gap("VMMs run as root: vm.first_uid is 0", "remove vm.first_uid"));
            }
            controlGroups(host).ifPresent(gaps::add);
        }
        if (host.config().firecracker().jailer().equals(FirecrackerConfig.NO_JAILER)) {
            gaps.add(new Gap(
                    "Firecracker runs without a jail, where it runs: firecracker.jailer is none",
                    "remove firecracker.jailer"));
        }
        int network = host.config().vm().networkMibPerS();
        if (network > 0) {
            gaps.add(new Gap(
                    "QEMU limits no network traffic: vm.network_mib_per_s = " + network
                            + " holds under Firecracker alone",
                    "limit it on the host, or use Firecracker"));
        }
        return gaps.isEmpty()
                ? Finding.ok("a user of its own, its own files and control groups for each VMM")
                : Finding.warn(
                        String.join("; ", gaps.stream().map(Gap::seen).toList()),
                        String.join("; ", gaps.stream().map(Gap::todo).toList()));
    }

    private static Optional<Gap> controlGroups(HostFacts host) throws IOException {
        Optional<Path> mount = Cgroups.mount(
                host.read("/proc/self/mountinfo").orElse("").lines().toList());
        if (mount.isEmpty()) {
            return Optional.of(new Gap(
                    LIMITS + " is not limited: no control groups of version 2 are mounted",
                    "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line, or: mount -t cgroup2"
                            + " none /sys/fs/cgroup"));
        }
        Path directory = host.path(mount.get().toString());
        List<String> missing = Cgroups.notOffered(directory);
        if (!missing.isEmpty()) {
            return Optional.of(new Gap(
                    LIMITS + " is not limited in " + String.join(", ", missing)
                            + ": the control groups of version 2 at " + mount.get() + " have no such controller",
                    "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line; in a container, have"
                            + " these controllers delegated to it"));
        }
        return Files.isWritable(directory.resolve("cgroup.subtree_control"))
                ? Optional.empty()
                : Optional.of(new Gap(
                        LIMITS + " is not limited: " + mount.get() + " is read-only",
                        "have the control groups of version 2 mounted so that they can be written"));
    }

    /** One thing that does not hold, and what to do. */
    private record Gap(String seen, String todo) {}
}
