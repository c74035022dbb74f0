package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.TestImage;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real image with systemd, cloned and forked: its files are as they were, its processes go on. */
@Timeout(300)
class SavedImageTest {

    private static final String TREE = "mkdir -p /root/t; cd /root/t; for i in $(seq 40); do"
            + " head -c $((i * 997)) /dev/urandom > f$i; done; cd; sync";
    private static final String HASH = "find /root/t -type f | sort | xargs sha256sum | sha256sum";

    @TempDir
    private Path directory;

    private final Deque<Machine> machines = new ArrayDeque<>();
    private QemuDriver driver;

    @AfterEach
    void closeAllAndProveIt() throws Exception {
        machines.forEach(Machine::close);
        assertThat(Processes.find(directory)).isEmpty();
    }

    @Test
    void filesAndProcessesAreAsTheyWereInEachFork() throws Exception {
        driver = QemuDriver.open(QemuSettings.of(directory, null));
        Path own = Files.createDirectory(directory.resolve("template"));
        Image image = TestImage.debian();
        Disk disk = driver.layer(new Disk(image.rootfs(), Disk.Format.RAW), own.resolve("disk.qcow2"));
        Machine cold = started(image, "template", disk, new Memory.Recorded(own.resolve(SavedState.MEMORY)));
        TestGuest guest = new TestGuest(cold, 0).awaitPrompt();
        guest.run(TREE);
        String hash = guest.run(HASH);
        guest.run("(while true; do i=$((i+1)); echo $i > /run/n; mv /run/n /run/count; sleep 0.01; done) & disown");
        cold.pause();
        SavedState template = cold.save(own, driver.layer(disk, own.resolve("next.qcow2")));
        cold.close();

        Machine clone = clone(image, "clone", template, disk);
        TestGuest cloned = new TestGuest(clone, 0);
        assertThat(cloned.run(HASH)).isEqualTo(hash);
        cloned.run("rm /root/t/f7; mv /root/t/f8 /root/t/g; sync; x=$(cat /run/count)");
        String changed = cloned.run(HASH);
        clone.pause();
        Disk frozen = clone.disk();
        Path place = Files.createDirectory(directory.resolve("clone/checkpoint"));
        SavedState checkpoint = clone.save(place, driver.layer(frozen, directory.resolve("clone/layer-0002.qcow2")));
        clone.resume();
        cloned.run("rm -r /root/t; sync");

        Machine fork = clone(image, "fork", checkpoint, frozen);
        TestGuest forked = new TestGuest(fork, 0);
        assertThat(forked.run("echo 3 > /proc/sys/vm/drop_caches;" + HASH)).isEqualTo(changed);
        assertThat(forked.run("sleep 0.5; [ $(cat /run/count) -gt $x ] && echo counts"))
                .isEqualTo("counts\n");
        assertThat(forked.run("systemctl is-system-running")).isEqualTo("running\n");
        assertThat(cloned.run("ls /root")).doesNotContain("t\n");
    }

    private Machine clone(Image image, String name, SavedState state, Disk base) throws Exception {
        Path own = Files.createDirectory(directory.resolve(name));
        Disk disk = driver.layer(base, own.resolve("layer-0001.qcow2"));
        return started(image, name, disk, new Memory.Saved(state));
    }

    private Machine started(Image image, String name, Disk disk, Memory memory) throws Exception {
        Path own = directory.resolve(name);
        // Each on a slot of its own, as sessions are; that the guest learns of it is another's matter.
        Slot slot = NetworkPrefix.DEFAULT.slot(100 * machines.size());
        String arguments = "console=ttyS0 reboot=k panic=1 pci=off root=/dev/vda rw ip=" + slot.guest() + "::"
                + slot.gateway() + ":" + slot.netmask() + ":nullclaw:eth0:off " + driver.kernelArguments();
        Machine machine = driver.create(new MachineSpec(
                name,
                own,
                new Boot(image.kernel(), image.initramfs(), arguments),
                disk,
                2,
                1024,
                new Nic.User(slot, own.resolve("gw.sock"), 8787),
                Limits.NONE,
                null,
                memory));
        machines.push(machine);
        machine.start(TestGuest.START);
        return machine;
    }
}
