package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.network.NetworkPrefix;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CommandLineTest {

    private static final MachineSpec SPEC = new MachineSpec(
            "m1",
            Path.of("/data/machines/m1"),
            new Boot(Path.of("/i/vmlinuz"), Path.of("/i/initramfs"), "console=ttyS0 pci=off"),
            new Disk(Path.of("/data/a,b/disk.qcow2"), Disk.Format.QCOW2),
            2,
            1024,
            new Nic.User(NetworkPrefix.DEFAULT.slot(1), Path.of("/run/e/m1.sock"), 8787),
            Limits.NONE,
            null);

    @Test
    void softwareMachine() {
        assertThat(String.join(" ", commandLine("tcg").of(SPEC, "")))
                .isEqualTo("qemu -nodefaults -no-user-config -no-reboot -display none"
                        + " -M microvm,acpi=on,isa-serial=on,pit=on,pic=on,rtc=on,suppress-vmdesc=on,memory-backend=m0"
                        + " -device i8042"
                        + " -name guest=m1,debug-threads=on -accel tcg,thread=multi,tb-size=128 -cpu max,la57=off"
                        + " -sandbox on,obsolete=deny,resourcecontrol=deny"
                        + " -smp 2 -m 1024M -S -object memory-backend-ram,id=m0,size=1024M -kernel /i/vmlinuz -initrd /i/initramfs"
                        + " -append console=ttyS0 pci=off"
                        + " -chardev stdio,id=console,signal=off -serial chardev:console"
                        + " -chardev socket,id=qmp,server=on,wait=off,path=qmp.sock -mon chardev=qmp,mode=control"
                        + " -blockdev driver=file,node-name=disk-file,discard=unmap,filename=/data/a,,b/disk.qcow2"
                        + " -blockdev driver=qcow2,discard=unmap,file=disk-file,node-name=disk"
                        + " -device virtio-blk-device,drive=disk"
                        + " -netdev user,id=net0,ipv6=off,restrict=on,net=10.200.0.0/24,host=10.200.0.254,"
                        + "dns=10.200.0.253,dhcpstart=10.200.0.200,guestfwd=tcp:10.200.0.5:8787-cmd:"
                        + "socat -lf/dev/null -t3600 FD:0 UNIX-CONNECT:/run/e/m1.sock"
                        + " -device virtio-net-device,netdev=net0,mac=02:FC:00:00:00:01"
                        + " -object rng-builtin,id=rng0 -device virtio-rng-device,rng=rng0"
                        + " -chardev pipe,id=wake,path=wake -device virtio-serial-device"
                        + " -device virtserialport,chardev=wake,name=execlaw.wake");
    }

    @Test
    void kvmMachineDiffersInItsAcceleratorAlone() {
        var software = commandLine("tcg").of(SPEC, "tsc=reliable");
        var kvm = commandLine("kvm").of(SPEC, "");
        assertThat(software).containsSubsequence("-append", "console=ttyS0 pci=off tsc=reliable");
        assertThat(kvm).containsSubsequence("-accel", "kvm", "-cpu", "host").hasSameSizeAs(software);
    }

    @Test
    void tapMachineSpawnsNothing() {
        MachineSpec tap = with(new Nic.Tap(NetworkPrefix.DEFAULT.slot(1)), Limits.NONE);
        assertThat(commandLine("tcg").of(tap, ""))
                .containsSubsequence(
                        "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny")
                .containsSubsequence(
                        "-netdev",
                        "tap,id=net0,script=no,downscript=no,ifname=fctap1",
                        "-device",
                        "virtio-net-device,netdev=net0,mac=02:FC:00:00:00:01");
    }

    @Test
    void diskLimitsStandBetweenTheDiskAndItsFormat() {
        MachineSpec slow = with(SPEC.nic(), new Limits(0, 1_000_000, 50));
        assertThat(commandLine("tcg").of(slow, ""))
                .containsSubsequence(
                        "driver=qcow2,discard=unmap,file=disk-file,node-name=disk-format",
                        "-object",
                        "throttle-group,id=disk-limits,x-bps-total=1000000,x-iops-total=50",
                        "-blockdev",
                        "driver=throttle,node-name=disk,throttle-group=disk-limits,file=disk-format",
                        "-device",
                        "virtio-blk-device,drive=disk");
        assertThat(commandLine("tcg").of(with(SPEC.nic(), new Limits(0, 0, 50)), ""))
                .contains("throttle-group,id=disk-limits,x-iops-total=50");
    }

    private static CommandLine commandLine(String accelerator) {
        GuestMemory memory = new GuestMemory(new Blanks(Path.of("/cache/blank"), "7.2.0"), false);
        return new CommandLine("qemu", accelerator, 128, memory);
    }

    private static MachineSpec with(Nic nic, Limits limits) {
        return new MachineSpec(SPEC.name(), SPEC.directory(), SPEC.boot(), SPEC.disk(), 2, 1024, nic, limits, null);
    }
}
