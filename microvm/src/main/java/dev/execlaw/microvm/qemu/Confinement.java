package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.cgroup.BlockDevice;
import dev.execlaw.microvm.cgroup.CgroupLimits;
import dev.execlaw.microvm.cgroup.CgroupLimits.DiskLimit;
import dev.execlaw.microvm.cgroup.Cgroups;
import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.TapEnclosure;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What holds a VMM from outside, where its own sandbox does not reach: an account, a view of the files, a cgroup. Any
 * thread may use it.
 */
final class Confinement {

    private static final Duration KILL = Duration.ofSeconds(10);
    private static final String ENTER_CGROUP = "set -eu; echo $$ > \"$1\"; shift; exec \"$@\"";

    private static final Path NO_CGROUP = Path.of("/dev/null");

    /** QEMU's own threads, of which its disk workers may be 64, and a relay for each connection to the gateway. */
    private static final int PROCESSES = 512;

    /** One vCPU's worth of each vCPU, and this for QEMU's own thread. */
    private static final int OWN_CPU_PERCENT = 10;

    private final QemuSettings settings;
    private final boolean kvm;
    private final @Nullable Cgroups cgroups;
    private final List<String> gaps;

    private Confinement(QemuSettings settings, boolean kvm, @Nullable Cgroups cgroups, List<String> gaps) {
        this.settings = settings;
        this.kvm = kvm;
        this.cgroups = cgroups;
        this.gaps = List.copyOf(gaps);
    }

    static Confinement open(QemuSettings settings, boolean kvm) {
        List<String> gaps = new ArrayList<>();
        if (!settings.mountView()) {
            gaps.add("VMMs see the host's whole file tree, as the settings say");
        }
        Cgroups cgroups = null;
        Path parent = settings.cgroupParent();
        if (parent == null) {
            gaps.addAll(Cgroups.allMissing("no cgroup is set for them"));
        } else {
            try {
                cgroups = Cgroups.open(parent);
                gaps.addAll(cgroups.missing());
            } catch (IOException e) {
                gaps.addAll(Cgroups.allMissing("cgroup " + parent + " cannot be used: " + e.getMessage()));
            }
        }
        gaps.add("QEMU limits no network traffic: networkBytesPerSecond of a machine has no effect");
        return new Confinement(settings, kvm, cgroups, gaps);
    }

    /** What does not hold on this host, in plain words. */
    List<String> gaps() {
        return gaps;
    }

    Optional<Cgroups> cgroups() {
        return Optional.ofNullable(cgroups);
    }

    /**
     * Makes what holds the machine's VMM.
     *
     * @return what goes before the VMM's command line; it becomes the VMM without a change of process
     * @throws IOException when a part cannot be made; nothing is left then
     */
    List<String> apply(MachineSpec spec) throws IOException {
        Path cgroup = NO_CGROUP;
        if (cgroups != null) {
            cgroup = cgroups.create(spec.name(), limits(spec)).processes();
        }
        List<String> before;
        try {
            before = new ArrayList<>(spec.account() == null ? entering(cgroup) : own(spec, spec.account(), cgroup));
        } catch (IOException e) {
            try {
                release(spec);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
        before.addAll(0, enclosing(spec));
        before.addAll(List.of("setpriv", "--no-new-privs"));
        Account account = spec.account();
        if (account != null) {
            before.addAll(List.of("--reuid", String.valueOf(account.uid()), "--regid", String.valueOf(account.gid())));
            before.addAll(List.of("--clear-groups", "--bounding-set=-all", "--inh-caps=-all"));
        }
        before.add("--");
        return before;
    }

    private List<String> own(MachineSpec spec, Account account, Path cgroup) throws IOException {
        new Ownership(spec, account).grant();
        if (!settings.mountView()) {
            return entering(cgroup);
        }
        MountView view = MountView.of(spec, settings.binary(), kvm);
        MountView.remove(MachineFiles.of(spec));
        view.prepare();
        return view.command(cgroup);
    }

    private static List<String> enclosing(MachineSpec spec) {
        if (!(spec.nic() instanceof MachineSpec.Nic.Tap tap) || !tap.enclosed()) {
            return List.of();
        }
        return TapEnclosure.before(tap.slot(), spec.account());
    }

    private static List<String> entering(Path cgroup) {
        return cgroup.equals(NO_CGROUP) ? List.of() : List.of("sh", "-c", ENTER_CGROUP, "sh", cgroup.toString());
    }

    /** Renews what a restart of ours may have replaced under a VMM that runs on. */
    void renew(MachineSpec spec) throws IOException {
        if (spec.account() != null) {
            new Ownership(spec, spec.account()).grantSocket();
        }
    }

    /** Removes what {@link #apply} made of a machine outside its directory, and kills what still lives of it. */
    void clear(String machine) throws IOException {
        if (cgroups != null) {
            cgroups.remove(machine, KILL);
        }
    }

    /** Removes what {@link #apply} and QEMU itself made, and kills what still lives of it. */
    void release(MachineSpec spec) throws IOException {
        clear(spec.name());
        MachineFiles files = MachineFiles.of(spec);
        if (spec.account() != null) {
            MountView.remove(files);
            DirectoryTree.delete(files.control());
        } else {
            Files.deleteIfExists(files.qmp());
        }
    }

    private CgroupLimits limits(MachineSpec spec) throws IOException {
        long memoryMiB =
                (long) spec.memoryMiB() + settings.memoryOverheadMiB() + (kvm ? 0 : settings.translationCacheMiB());
        return new CgroupLimits(
                memoryMiB << 20,
                100 * spec.vcpus() + OWN_CPU_PERCENT,
                PROCESSES,
                disk(spec).orElse(null));
    }

    private static Optional<DiskLimit> disk(MachineSpec spec) throws IOException {
        Limits limits = spec.limits();
        Path disk = spec.disk().path();
        if ((limits.diskBytesPerSecond() == 0 && limits.diskOperationsPerSecond() == 0) || !Files.exists(disk)) {
            return Optional.empty();
        }
        return BlockDevice.of(disk)
                .map(device -> new DiskLimit(device, limits.diskBytesPerSecond(), limits.diskOperationsPerSecond()));
    }
}
