package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.firecracker.api.InstanceId;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.TapEnclosure;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How Firecracker's process comes to be. In both ways the process that is started becomes Firecracker itself. */
sealed interface Launcher {

    /** The jail that a machine has or would have; a function of the spec, so that it is found again. */
    Jail jail(MachineSpec spec) throws MachineException;

    /** The command line. */
    List<String> commandLine(MachineSpec spec, Jail jail);

    /** The working directory of that command line. */
    Path workingDirectory(MachineSpec spec, Jail jail);

    /** Removes what is left of a dead machine outside its directory. */
    void clear(String machine) throws IOException;

    /** What does not hold its machines although it should, in plain words. */
    List<String> gaps();

    /** Goes before a command line: nothing, or what gives an enclosed machine its network. */
    private static List<String> enclosing(MachineSpec spec) {
        return enclosed(spec) ? TapEnclosure.before(spec.nic().slot(), spec.account()) : List.of();
    }

    private static boolean enclosed(MachineSpec spec) {
        return spec.nic() instanceof MachineSpec.Nic.Tap tap && tap.enclosed();
    }

    private static List<String> arguments(String root, boolean enablePci) {
        List<String> arguments = new ArrayList<>(List.of("--api-sock", root + Jail.SOCKET));
        // Its log must not go to standard output, which is the guest's; and from the first moment, not when configured.
        arguments.addAll(List.of("--log-path", root + Jail.LOG, "--level", "Info"));
        arguments.addAll(List.of("--metrics-path", root + Jail.METRICS));
        if (enablePci) {
            arguments.add("--enable-pci");
        }
        return arguments;
    }

    /** By itself, as the machine's account or ours, in a directory of the machine: for development. */
    record Direct(HostPath binary, boolean enablePci) implements Launcher {

        private static final Path KVM = Path.of("/dev/kvm");

        @Override
        public Jail jail(MachineSpec spec) {
            HostPath root = new HostPath(spec.directory()).resolve("vmm");
            return new Jail(root, root, spec.account());
        }

        @Override
        public List<String> commandLine(MachineSpec spec, Jail jail) {
            List<String> line = new ArrayList<>(enclosing(spec));
            line.add("setpriv");
            Account account = spec.account();
            if (account != null) {
                line.addAll(List.of("--reuid=" + account.uid(), "--regid=" + account.gid(), groups()));
            }
            line.addAll(List.of("--no-new-privs", "--", binary.toString()));
            line.addAll(List.of("--id", new InstanceId(spec.name()).text()));
            line.addAll(arguments("", enablePci));
            return List.copyOf(line);
        }

        /** The group that may open KVM, where it is there and is not root's, and no other. */
        private static String groups() {
            try {
                int group = Files.exists(KVM) ? (int) Files.getAttribute(KVM, "unix:gid") : 0;
                return group == 0 ? "--clear-groups" : "--groups=" + group;
            } catch (IOException _) {
                // It was there and is not now: nobody needs its group.
                return "--clear-groups";
            }
        }

        @Override
        public Path workingDirectory(MachineSpec spec, Jail jail) {
            return jail.root().path();
        }

        @Override
        public void clear(String machine) {}

        @Override
        public List<String> gaps() {
            return List.of("Firecracker runs without its jailer, as the settings say: no jail and no control group");
        }
    }

    /**
     * By Firecracker's jailer (docs/jailer.md there): a root directory, an account and limits of the machine's own.
     *
     * @param base where jails are made; null for the machine's directory
     */
    record Jailed(
            HostPath binary,
            HostPath jailer,
            @Nullable HostPath base,
            ControlGroups groups,
            @Nullable HostPath netns,
            boolean enablePci)
            implements Launcher {

        /** Firecracker makes its table of files as large as this, which costs time. */
        private static final int FILES = 2048;

        @Override
        public Jail jail(MachineSpec spec) throws MachineException {
            Account account = spec.account();
            if (account == null) {
                throw new MachineException("machine " + spec.name() + " has no account of its own, which the jailer"
                        + " needs; configure a range of accounts, or run Firecracker without a jailer");
            }
            HostPath own = base(spec)
                    .resolve(binary.path().getFileName().toString())
                    .resolve(new InstanceId(spec.name()).text());
            return new Jail(base == null ? base(spec) : own, own.resolve("root"), account);
        }

        private HostPath base(MachineSpec spec) {
            return base == null ? new HostPath(spec.directory()).resolve("jail") : base;
        }

        @Override
        public List<String> commandLine(MachineSpec spec, Jail jail) {
            Account account = jail.owner();
            if (account == null) {
                throw new IllegalArgumentException("a jail without an owner is none of the jailer's");
            }
            List<String> line = new ArrayList<>(enclosing(spec));
            line.add(jailer.toString());
            line.addAll(List.of("--id", spec.name(), "--exec-file", binary.toString()));
            line.addAll(List.of("--uid", String.valueOf(account.uid()), "--gid", String.valueOf(account.gid())));
            line.addAll(List.of("--chroot-base-dir", base(spec).toString()));
            // No limit on file sizes: standard output, which grows as long as the machine lives, would fall under it.
            line.addAll(List.of("--resource-limit", "no-file=" + FILES));
            line.addAll(groups.jailerArguments(spec));
            if (netns != null && !enclosed(spec)) {
                line.addAll(List.of("--netns", netns.toString()));
            }
            line.add("--");
            line.addAll(arguments("/", enablePci));
            return List.copyOf(line);
        }

        @Override
        public Path workingDirectory(MachineSpec spec, Jail jail) {
            return spec.directory();
        }

        @Override
        public void clear(String machine) throws IOException {
            groups.remove(machine);
            if (base != null) {
                DirectoryTree.delete(base.path()
                        .resolve(binary.path().getFileName().toString())
                        .resolve(machine));
            }
        }

        @Override
        public List<String> gaps() {
            return groups.gaps();
        }
    }
}
