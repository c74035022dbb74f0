package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.machine.Memory;
import java.util.ArrayList;
import java.util.List;

/** QEMU's command line for a machine: a pure function of the spec. Serial line on stdio, QMP on a socket, vCPUs stopped. */
final class CommandLine {

    private static final String BOARD = "microvm,acpi=on,isa-serial=on,pit=on,pic=on,rtc=on";

    /** By this name the guest finds the port; there are no others. */
    private static final String WAKE_PORT = "execlaw.wake";

    private final String binary;
    private final String accelerator;
    private final int translationCacheMiB;
    private final GuestMemory memory;

    CommandLine(String binary, String accelerator, int translationCacheMiB, GuestMemory memory) {
        this.binary = binary;
        this.accelerator = accelerator;
        this.translationCacheMiB = translationCacheMiB;
        this.memory = memory;
    }

    /** The command line. The kernel arguments are this host's, added to those of the spec. */
    List<String> of(MachineSpec spec, String kernelArguments) {
        List<String> line =
                new ArrayList<>(base(binary, BOARD + ",suppress-vmdesc=on,memory-backend=" + GuestMemory.ID));
        line.addAll(List.of("-name", "guest=" + spec.name() + ",debug-threads=on"));
        line.addAll(accelerator(accelerator, translationCacheMiB));
        line.addAll(sandbox(spec.nic()));
        line.addAll(List.of("-smp", String.valueOf(spec.vcpus()), "-m", spec.memoryMiB() + "M", "-S"));
        line.addAll(List.of("-object", memory.object(spec)));
        line.addAll(
                switch (spec.memory()) {
                    case Memory.Fresh _, Memory.Recorded _ -> boot(spec.boot(), kernelArguments);
                    case Memory.Saved _ -> List.of("-incoming", "defer");
                });
        line.addAll(List.of("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"));
        line.addAll(qmp(MachineFiles.of(spec)));
        line.addAll(disk(spec.disk(), spec.limits()));
        line.addAll(
                switch (spec.nic()) {
                    case Nic.User user -> new UserNetwork(user.slot()).arguments(user);
                    case Nic.Tap tap -> tap(tap);
                });
        line.addAll(List.of("-object", "rng-builtin,id=rng0", "-device", "virtio-rng-device,rng=rng0"));
        line.addAll(List.of("-chardev", "pipe,id=wake,path=" + WakeFiles.name(), "-device", "virtio-serial-device"));
        line.addAll(List.of("-device", "virtserialport,chardev=wake,name=" + WAKE_PORT));
        return List.copyOf(line);
    }

    private static List<String> boot(Boot boot, String kernelArguments) {
        List<String> line = new ArrayList<>(List.of("-kernel", boot.kernel().toString()));
        if (boot.initramfs() != null) {
            line.addAll(List.of("-initrd", boot.initramfs().toString()));
        }
        line.addAll(List.of("-append", (boot.arguments() + " " + kernelArguments).strip()));
        return line;
    }

    /**
     * A bare machine with nothing that was not asked for. The keyboard controller is there for {@code reboot=k}: without
     * one the guest waits for it, in software for minutes, before it tries another way.
     */
    static List<String> base(String binary) {
        return base(binary, BOARD);
    }

    private static List<String> base(String binary, String board) {
        return List.of(
                binary,
                "-nodefaults",
                "-no-user-config",
                "-no-reboot",
                "-display",
                "none",
                "-M",
                board,
                "-device",
                "i8042");
    }

    /** In software with every feature QEMU knows, but not five-level page tables: each walk would cost a level more. */
    static List<String> accelerator(String kind, int translationCacheMiB) {
        return kind.equals("kvm")
                ? List.of("-accel", "kvm", "-cpu", "host")
                : List.of("-accel", "tcg,thread=multi,tb-size=" + translationCacheMiB, "-cpu", "max,la57=off");
    }

    /**
     * With the user network processes may be spawned, as it starts a relay per connection. {@code elevateprivileges}
     * cannot be denied then: it would kill the relay before it runs, since QEMU calls setsid(2) for it and that is on the
     * list. So QEMU is always started with no_new_privs (see {@link Confinement}).
     */
    static List<String> sandbox(Nic nic) {
        String denied = switch (nic) {
            case Nic.User _ -> "obsolete=deny,resourcecontrol=deny";
            case Nic.Tap _ -> "obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";
        };
        return List.of("-sandbox", "on," + denied);
    }

    /** QEMU is started in the machine's directory: a relative path keeps the socket's short. */
    private static List<String> qmp(MachineFiles files) {
        return List.of(
                "-chardev",
                "socket,id=qmp,server=on,wait=off,path=" + files.directory().relativize(files.qmp()),
                "-mon",
                "chardev=qmp,mode=control");
    }

    private static List<String> disk(Disk disk, Limits limits) {
        String format = switch (disk.format()) {
            case RAW -> "raw";
            case QCOW2 -> "qcow2";
        };
        String file = "driver=file,node-name=disk-file,discard=unmap,filename="
                + escaped(disk.path().toAbsolutePath().normalize().toString());
        String node = "driver=" + format + ",discard=unmap,file=disk-file,node-name=";
        List<String> line = new ArrayList<>(List.of("-blockdev", file));
        if (limits.diskBytesPerSecond() == 0 && limits.diskOperationsPerSecond() == 0) {
            line.addAll(List.of("-blockdev", node + "disk"));
        } else {
            line.addAll(List.of("-blockdev", node + "disk-format"));
            line.addAll(List.of("-object", "throttle-group,id=disk-limits" + throttle(limits)));
            line.addAll(
                    List.of("-blockdev", "driver=throttle,node-name=disk,throttle-group=disk-limits,file=disk-format"));
        }
        line.addAll(List.of("-device", "virtio-blk-device,drive=disk"));
        return line;
    }

    /** By the flat names, which every QEMU takes here; the structured ones it takes in JSON alone. */
    private static String throttle(Limits limits) {
        return (limits.diskBytesPerSecond() == 0 ? "" : ",x-bps-total=" + limits.diskBytesPerSecond())
                + (limits.diskOperationsPerSecond() == 0 ? "" : ",x-iops-total=" + limits.diskOperationsPerSecond());
    }

    private static List<String> tap(Nic.Tap tap) {
        return List.of(
                "-netdev",
                "tap,id=net0,script=no,downscript=no,ifname=" + tap.slot().tap(),
                "-device",
                "virtio-net-device,netdev=net0,mac=" + tap.slot().mac());
    }

    /** Option lists end values at a comma; a doubled one stands for itself. */
    private static String escaped(String value) {
        return value.replace(",", ",,");
    }
}
