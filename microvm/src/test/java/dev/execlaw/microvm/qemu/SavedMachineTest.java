package dev.execlaw.microvm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Machines that are saved and go on, by a real QEMU and a real kernel. */
@Timeout(180)
class SavedMachineTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private SavedMachines machines;

    @BeforeEach
    void open() throws Exception {
        machines = new SavedMachines(directory);
    }

    @AfterEach
    void close() throws Exception {
        machines.close();
    }

    @Test
    void clonesOfATemplateGoOnApartAndLeaveItAsItIs() throws Exception {
        SavedState template = machines.template();
        String memory = SavedMachines.hash(template.memory());
        String disk = SavedMachines.hash(machines.templateDisk().path());
        Machine first = machines.clone("a", template, machines.templateDisk());
        Machine second = machines.clone("b", template, machines.templateDisk());
        first.start(TestGuest.START);
        second.start(TestGuest.START);
        TestGuest a = new TestGuest(first, 0);
        TestGuest b = new TestGuest(second, 0);
        assertThat(a.run("echo $x; y=a; head -n 1 /dev/vda")).isEqualTo("remembered\nof the template\n");
        assertThat(b.run("echo $x$y; head -n 1 /dev/vda")).isEqualTo("remembered\nof the template\n");
        a.run("echo of a > /dev/vda; sync");
        assertCounts(a);
        assertCounts(b);
        assertThat(b.run("echo 3 > /proc/sys/vm/drop_caches; head -n 1 /dev/vda"))
                .isEqualTo("of the template\n");
        first.close();
        second.close();
        assertThat(SavedMachines.hash(template.memory())).isEqualTo(memory);
        assertThat(SavedMachines.hash(machines.templateDisk().path())).isEqualTo(disk);
    }

    @Test
    void pausedMachineStandsStillUntilItIsLetGoOn() throws Exception {
        SavedState template = machines.template();
        Machine machine = machines.clone("a", template, machines.templateDisk());
        machine.startPaused(TestGuest.START);
        TestGuest guest = new TestGuest(machine, 0);
        guest.send("cat /tmp/count");
        assertThat(machine.console().end()).isZero();
        machine.resume();
        assertThat(guest.awaitPrompt().run("echo $x")).isEqualTo("remembered\n");
        assertCounts(guest);
        machine.pause();
        machine.pause();
        long end = machine.console().end();
        guest.send("echo paused");
        assertThat(machine.console().end()).isEqualTo(end);
        machine.resume();
        guest.awaitPrompt();
        assertCounts(guest);
    }

    @Test
    void checkpointIsGoneBackToAndForkedAnyNumberOfTimes() throws Exception {
        SavedState template = machines.template();
        Machine machine = machines.clone("a", template, machines.templateDisk());
        machine.start(TestGuest.START);
        TestGuest guest = new TestGuest(machine, 0);
        guest.run("y=first; echo first > /dev/vda; sync");
        Disk disk = machine.disk();
        SavedState checkpoint = machines.checkpoint(machine, 1);
        assertThat(checkpoint.template()).isEqualTo(template.template());
        assertThat(machine.disk()).isNotEqualTo(disk);
        machine.resume();
        guest.run("y=second; echo second > /dev/vda; sync");
        assertCounts(guest);
        assertThat(guest.run("echo $y; echo 3 > /proc/sys/vm/drop_caches; head -n 1 /dev/vda"))
                .isEqualTo("second\nsecond\n");

        for (String name : new String[] {"b", "c"}) {
            Machine fork = machines.clone(name, checkpoint, disk);
            fork.start(TestGuest.START);
            TestGuest forked = new TestGuest(fork, 0);
            assertThat(forked.run("echo $x $y; echo 3 > /proc/sys/vm/drop_caches; head -n 1 /dev/vda"))
                    .isEqualTo("remembered first\nfirst\n");
            assertCounts(forked);
            forked.run("y=" + name);
            // What was loaded counts as changed: the next checkpoint needs none of the one before.
            Disk forkDisk = fork.disk();
            SavedState next = machines.checkpoint(fork, 1);
            fork.close();
            Machine again = machines.clone(name + "2", next, forkDisk);
            again.start(TestGuest.START);
            TestGuest third = new TestGuest(again, 0);
            assertThat(third.run("echo $x $y; head -n 1 /dev/vda")).isEqualTo("remembered " + name + "\nfirst\n");
            assertCounts(third);
        }
    }

    @Test
    void machineThatBootedColdIsSavedToo() throws Exception {
        Machine machine = machines.started(machines.spec("cold", new Memory.Fresh()));
        TestGuest guest = new TestGuest(machine, 0).awaitPrompt();
        guest.run(SavedMachines.COUNT + "; echo cold > /dev/vda; sync");
        Disk disk = machine.disk();
        SavedState saved = machines.checkpoint(machine, 1);
        machine.resume();
        assertCounts(guest);
        machine.close();
        Machine again = machines.clone("a", saved, disk);
        again.start(TestGuest.START);
        TestGuest on = new TestGuest(again, 0);
        assertThat(on.run("echo $x; head -n 1 /dev/vda")).isEqualTo("remembered\ncold\n");
        assertCounts(on);
        SavedState second = machines.checkpoint(again, 1);
        assertThat(second.template()).isEqualTo(saved.template());
        again.close();
        Machine third = machines.clone("b", second, new Disk(again.spec().disk().path(), Disk.Format.QCOW2));
        third.start(TestGuest.START);
        assertThat(new TestGuest(third, 0).run("echo $x")).isEqualTo("remembered\n");
    }

    @Test
    void runningMachineIsNotSaved() throws Exception {
        SavedState template = machines.template();
        Machine machine = machines.clone("a", template, machines.templateDisk());
        machine.start(TestGuest.START);
        assertThatThrownBy(() -> machine.save(directory, machine.disk()))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("it runs; pause it first");
    }

    @Test
    void wakePortCarriesBytesBothWaysInClonesToo() throws Exception {
        SavedState template = machines.template();
        Machine machine = machines.clone("a", template, machines.templateDisk());
        machine.start(TestGuest.START);
        TestGuest guest = new TestGuest(machine, 0);
        assertThat(guest.run("cat /sys/class/virtio-ports/*/name")).isEqualTo("execlaw.wake\n");
        guest.run("(exec 3<>$(ls /dev/vport*); while read -r l; do echo \"heard $l\" >&3; done <&3) &");
        assertThat(said(machine, "one")).isEqualTo("heard one\n");
        assertThat(said(machine, "two")).isEqualTo("heard two\n");
        Disk disk = machine.disk();
        SavedState checkpoint = machines.checkpoint(machine, 1);
        machine.close();
        Machine fork = machines.clone("b", checkpoint, disk);
        fork.start(TestGuest.START);
        assertThat(said(fork, "three")).isEqualTo("heard three\n");
        try (ByteChannel silent = fork.wakePort(Duration.ofMillis(100))) {
            assertThatThrownBy(() -> silent.read(ByteBuffer.allocate(10))).hasMessageContaining("in time");
        }
    }

    private static String said(Machine machine, String line) throws Exception {
        try (ByteChannel port = machine.wakePort(PATIENCE)) {
            port.write(ByteBuffer.wrap((line + "\n").getBytes(UTF_8)));
            ByteBuffer answer = ByteBuffer.allocate(100);
            while (answer.position() == 0 || answer.get(answer.position() - 1) != '\n') {
                port.read(answer);
            }
            return new String(answer.array(), 0, answer.position(), UTF_8);
        }
    }

    /** The process in the background still counts. */
    private static void assertCounts(TestGuest guest) throws Exception {
        assertThat(guest.run("a=$(cat /tmp/count); until [ $(cat /tmp/count) -gt $a ]; do usleep 1000; done; echo on"))
                .isEqualTo("on\n");
    }
}
