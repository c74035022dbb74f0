package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.qemu.ConfinedHost.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Saved machines whose VMMs have accounts, views and denied system calls, run by root. */
@Timeout(180)
class ConfinedSavedTest {

    @TempDir
    private Path data;

    private ConfinedHost host;

    @AfterEach
    void close() throws Exception {
        if (host != null) {
            host.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Wire.class)
    void templateCloneAndCheckpointWithoutRights(Wire wire) throws Exception {
        host = new ConfinedHost(data, wire);
        host.listen();
        SavedState template = template();
        Disk base = new Disk(template.template().resolve("disk.qcow2"), Disk.Format.QCOW2);
        String memory = SavedMachines.hash(template.memory());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(template.memory())))
                .isEqualTo("r--r--r--");

        Machine clone = started("clone", template, base);
        TestGuest guest = new TestGuest(clone, 0);
        assertThat(guest.run("echo $x; y=mine; head -n 1 /dev/vda")).isEqualTo("remembered\nof the template\n");
        guest.run("echo of the clone > /dev/vda; sync");
        String fd = "/proc/" + clone.vmm().pid() + "/fd/9";
        assertThat(ConfinedHost.asVmm(clone, "cat " + template.memory()).stderr())
                .contains("No such file");
        assertThat(ConfinedHost.asVmm(clone, "echo x > " + fd).status()).isNotZero();
        clone.pause();
        Path place = Files.createDirectories(data.resolve("machines/clone/c1"));
        Disk disk = clone.disk();
        SavedState checkpoint = clone.save(place, layer("clone", disk, 2));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(disk.path())))
                .isEqualTo("r--r--r--");
        assertThat((int) Files.getAttribute(disk.path(), "unix:uid")).isZero();
        assertThat(ConfinedHost.asVmm(clone, "cat " + checkpoint.changes().resolve(SavedState.PAGES))
                        .stderr())
                .contains("Permission denied");
        clone.resume();
        assertThat(guest.run("y=later; head -n 1 /dev/vda")).isEqualTo("of the clone\n");
        clone.close();

        Machine fork = started("fork", checkpoint, disk);
        TestGuest forked = new TestGuest(fork, 0);
        assertThat(forked.run("echo $x $y; head -n 1 /dev/vda")).isEqualTo("remembered mine\nof the clone\n");
        assertThat(forked.run("echo ping | nc " + TestGuest.SLOT.gateway() + " " + ConfinedHost.PORT))
                .isEqualTo("host says ping\n");
        fork.close();
        assertThat(SavedMachines.hash(template.memory())).isEqualTo(memory);
    }

    private SavedState template() throws Exception {
        Path own = directory("template");
        MachineSpec cold = host.spec("");
        Disk disk = new Disk(own.resolve("disk.qcow2"), Disk.Format.QCOW2);
        Files.move(cold.disk().path(), disk.path());
        Memory memory = new Memory.Recorded(own.resolve(SavedState.MEMORY));
        try (Machine machine = host.started(SavedMachines.with(cold.on(disk), "template", own, memory));
                TestGuest guest = new TestGuest(machine, 0).awaitPrompt()) {
            guest.run("x=remembered; echo of the template > /dev/vda; sync");
            machine.pause();
            return machine.save(own, layer("template", disk, 2));
        }
    }

    private Machine started(String name, SavedState state, Disk base) throws Exception {
        Path own = directory(name);
        MachineSpec spec = host.spec(layer(name, base, 1), new Limits(0, 100 << 20, 0), "");
        return host.started(SavedMachines.with(spec, name, own, new Memory.Saved(state)));
    }

    private Disk layer(String name, Disk base, int number) throws Exception {
        return host.driver.layer(base, data.resolve("machines/" + name + "/layer-000" + number + ".qcow2"));
    }

    private Path directory(String name) throws Exception {
        Path own = Files.createDirectories(data.resolve("machines").resolve(name));
        return Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
    }
}
