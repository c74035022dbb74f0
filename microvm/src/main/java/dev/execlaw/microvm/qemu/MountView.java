package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.machine.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The file tree that one VMM sees: the system's programs and libraries, a few devices, and of all else its own machine's
 * directory and files, each at the path that it has on the host. It is a mount namespace of the VMM's process alone
 * (mount_namespaces(7)), so it goes with that process, and nothing of it shows on the host but the empty tree that the
 * mounts are made on.
 *
 * @param root where that empty tree is, on the host
 * @param table the list of mounts, in the form of fstab(5)
 * @param directory the working directory in the view
 * @param mounts in the order in which they are made
 * @param devices what is made in the view instead of taken from the host, since there not everybody may use it
 */
record MountView(Path root, Path table, Path directory, List<Mount> mounts, List<Device> devices) {

    private static final List<Path> SYSTEM = List.of(
                    "/usr",
                    "/bin",
                    "/sbin",
                    "/lib",
                    "/lib32",
                    "/lib64",
                    "/libx32",
                    "/nix/store",
                    "/gnu/store",
                    "/etc/ld.so.cache")
            .stream()
            .map(Path::of)
            .toList();

    private static final List<Path> HARMLESS_DEVICES =
            List.of(Path.of("/dev/null"), Path.of("/dev/zero"), Path.of("/dev/random"), Path.of("/dev/urandom"));

    /**
     * Each step is the same process, from here to the VMM, so that it keeps its number. What it has to say goes to the
     * VMM's log: standard output is the console. No core is dumped: it would hold the guest's memory. It enters its cgroup
     * while the view is made, since the kernel may take its time for that (a grace period of RCU, 10 ms and more); the file is
     * open by then, since the child's root changes with ours.
     */
    private static final String ENTER = """
            set -eu
            PATH=$PATH:/usr/sbin:/sbin
            ulimit -c 0
            cgroup=$1 view=$2 table=$3 directory=$4
            shift 4
            exec 3> "$cgroup"
            echo $$ >&3 &
            mount -n -a -T "$table" >&2
            while [ "$1" != -- ]; do
              mknod -m 666 "$view/dev/net/$1" c 10 "$2"
              shift 2
            done
            shift
            cd "$view"
            pivot_root . old
            umount -n -l /old
            wait $!
            exec 3>&-
            cd "$directory"
            exec "$@"
            """;

    private static final String PLAIN = "nosuid,nodev,noexec";

    MountView {
        mounts = List.copyOf(mounts);
        devices = List.copyOf(devices);
    }

    /** One path of the host in the view. */
    record Mount(Path path, boolean tree, String options) {

        static Mount readOnly(Path path) {
            return new Mount(path, Files.isDirectory(path), "bind,ro," + PLAIN);
        }
    }

    /** A character device of major number 10. */
    record Device(String name, int minor) {}

    /**
     * The view of a machine's VMM.
     *
     * @param program the VMM's path, or its name in PATH
     * @param kvm whether it uses KVM
     * @throws IOException when a file of the machine cannot be shown to it
     */
    static MountView of(MachineSpec spec, String program, boolean kvm) throws IOException {
        MachineFiles files = MachineFiles.of(spec);
        Path directory = absolute(spec.directory());
        List<Mount> mounts = new ArrayList<>();
        for (Path path : SYSTEM) {
            if (directory.startsWith(path)) {
                throw new IOException("directory " + directory + " is within " + path
                        + ", which every VMM sees; keep machines elsewhere");
            }
            if (Files.exists(path)) {
                mounts.add(new Mount(path, Files.isDirectory(path), "bind,ro,nosuid,nodev"));
            }
        }
        for (Path path : HARMLESS_DEVICES) {
            mounts.add(new Mount(path, false, "bind,nosuid,noexec"));
        }
        program(program).stream().map(MountView::executable).forEach(mounts::add);
        List<Mount> own = new ArrayList<>(List.of(new Mount(directory, true, "bind," + PLAIN)));
        others(spec).stream().filter(path -> !path.startsWith(directory)).forEach(path -> own.add(shown(spec, path)));
        // Outer ones first: a mount hides what was mounted below its place before.
        own.sort(Comparator.comparingInt(mount -> mount.path().getNameCount()));
        mounts.addAll(own);
        return new MountView(
                absolute(files.view()), absolute(files.viewTable()), directory, mounts, devices(spec, kvm));
    }

    private static Mount shown(MachineSpec spec, Path path) {
        return path.equals(absolute(spec.disk().path()))
                ? new Mount(path, false, "bind," + PLAIN)
                : Mount.readOnly(path);
    }

    private static Mount executable(Path path) {
        return new Mount(path, true, "bind,ro,nosuid,nodev");
    }

    /** What the machine needs of the host, wherever it is. */
    private static Set<Path> others(MachineSpec spec) throws IOException {
        Set<Path> paths = new LinkedHashSet<>();
        // One that goes on where it was saved has them in its memory.
        if (!(spec.memory() instanceof Memory.Saved)) {
            paths.add(absolute(spec.boot().kernel()));
            if (spec.boot().initramfs() != null) {
                paths.add(absolute(spec.boot().initramfs()));
            }
        }
        Path disk = absolute(spec.disk().path());
        paths.add(disk);
        if (Files.exists(disk) && spec.disk().format() == MachineSpec.Disk.Format.QCOW2) {
            paths.addAll(BackingFiles.of(disk));
        }
        if (spec.nic() instanceof Nic.User user) {
            // Its directory, since the socket is a new one whenever the gateway begins to listen again.
            Path sockets = absolute(user.gatewaySocket()).getParent();
            if (sockets != null) {
                paths.add(sockets);
            }
        }
        for (Path path : paths) {
            if (!path.equals(disk) && !Files.exists(path)) {
                throw new IOException("there is no " + path + ", which machine " + spec.name() + " needs");
            }
        }
        paths.removeIf(path -> !Files.exists(path) || SYSTEM.stream().anyMatch(path::startsWith));
        return paths;
    }

    /** Where a VMM is that was not installed with the system, and what it brings along (its firmware). */
    private static List<Path> program(String program) throws IOException {
        if (!program.startsWith("/")) {
            return List.of();
        }
        Path place = absolute(Path.of(program)).getParent();
        if (place == null || SYSTEM.stream().anyMatch(place::startsWith)) {
            return List.of();
        }
        Path firmware = place.resolve("../share/qemu").normalize();
        return Files.isDirectory(firmware) ? List.of(place, firmware) : List.of(place);
    }

    private static List<Device> devices(MachineSpec spec, boolean kvm) {
        List<Device> devices = new ArrayList<>();
        if (spec.nic() instanceof Nic.Tap) {
            devices.add(new Device("tun", 200));
        }
        if (kvm) {
            devices.add(new Device("kvm", 232));
        }
        return devices;
    }

    /** Makes the empty tree and the list of mounts, neither of which is there. */
    void prepare() throws IOException {
        for (String directory : List.of("old", "proc", "dev/net")) {
            passage(root, root.resolve(directory));
        }
        Files.createSymbolicLink(root.resolve("dev/kvm"), Path.of("net/kvm"));
        for (Mount mount : mounts) {
            Path place = place(mount.path());
            passage(root, mount.tree() ? place : place.resolveSibling(""));
            if (!mount.tree() && !Files.exists(place)) {
                Files.createFile(place);
            }
        }
        Files.writeString(table, text(), StandardOpenOption.CREATE_NEW);
    }

    /** Removes the empty tree and the list of a machine. */
    static void remove(MachineFiles files) throws IOException {
        Files.deleteIfExists(files.viewTable());
        DirectoryTree.delete(files.view());
    }

    /**
     * What goes before a command line so that it runs in the view.
     *
     * @param cgroup the file that takes the process into its cgroup; {@code /dev/null} for none
     */
    List<String> command(Path cgroup) {
        List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private", "--"));
        command.addAll(List.of(
                "sh", "-c", ENTER, "sh", cgroup.toString(), root.toString(), table.toString(), directory.toString()));
        for (Device device : devices) {
            command.addAll(List.of(device.name(), String.valueOf(device.minor())));
        }
        command.add("--");
        return command;
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        line(text, root.toString(), root, "none", "bind,ro," + PLAIN);
        if (!devices.isEmpty()) {
            line(text, "tmpfs", root.resolve("dev/net"), "tmpfs", "nosuid,noexec,mode=755,size=64k");
        }
        // "invisible" is known since Linux 5.8, from when on it holds for one mount; "2" would hide on the whole host.
        line(text, "proc", root.resolve("proc"), "proc", PLAIN + ",hidepid=invisible,subset=pid");
        mounts.forEach(mount -> line(text, mount.path().toString(), place(mount.path()), "none", mount.options()));
        return text.toString();
    }

    private static void line(StringBuilder text, String source, Path target, String type, String options) {
        text.append(escaped(source))
                .append(' ')
                .append(escaped(target.toString()))
                .append(' ');
        text.append(type).append(' ').append(options).append(" 0 0\n");
    }

    private static String escaped(String path) {
        return path.replace("\\", "\\134")
                .replace(" ", "\\040")
                .replace("\t", "\\011")
                .replace("\n", "\\012")
                .replace("#", "\\043");
    }

    private Path place(Path path) {
        return root.resolve(Path.of("/").relativize(path));
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** Makes a directory below the root, and those above it up to the root, that everybody may pass whatever the umask. */
    private static void passage(Path root, Path directory) throws IOException {
        if (Files.exists(directory)) {
            return;
        }
        Path above = directory.getParent();
        if (!directory.equals(root) && above != null) {
            passage(root, above);
        }
        Files.createDirectory(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
