package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.Command;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is done about files that are not whole, a full disk, many layers, and a daemon that was restarted. */
@Timeout(180)
class SavedFilesTest {

    @TempDir
    private Path directory;

    private SavedMachines machines;
    private SavedState template;

    @BeforeEach
    void open() throws Exception {
        machines = new SavedMachines(directory);
        template = machines.template();
    }

    @AfterEach
    void close() throws Exception {
        machines.close();
    }

    @Test
    void tornFilesAreNamedAndNothingRuns() throws Exception {
        Machine machine = running("a");
        Disk disk = machine.disk();
        SavedState checkpoint = machines.checkpoint(machine, 1);
        machine.close();
        Path pages = checkpoint.changes().resolve(SavedState.PAGES);
        Path devices = checkpoint.devices();
        int number = 0;
        for (Path file : List.of(pages, devices)) {
            byte[] whole = Files.readAllBytes(file);
            for (LongUnaryOperator shorter : List.<LongUnaryOperator>of(n -> 0, n -> 5, n -> n / 2, n -> n - 1)) {
                Files.write(file, Arrays.copyOf(whole, (int) shorter.applyAsLong(whole.length)));
                assertRefused("torn" + number++, checkpoint, disk, file);
            }
            byte[] changed = whole.clone();
            changed[whole.length / 2] ^= 1;
            Files.write(file, changed);
            assertRefused("torn" + number++, checkpoint, disk, file);
            Files.write(file, whole);
        }
        Machine fork = machines.clone("fork", checkpoint, disk);
        fork.start(TestGuest.START);
        assertThat(new TestGuest(fork, 0).run("echo $x")).isEqualTo("remembered\n");
    }

    @Test
    void memoryOfAnotherLengthIsRefused() throws Exception {
        Path memory = template.memory();
        try (FileChannel file = FileChannel.open(memory, StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 4096);
        }
        assertRefused("a", template, machines.templateDisk(), memory);
        Files.delete(memory);
        assertRefused("b", template, machines.templateDisk(), memory);
    }

    @Test
    void machineGoesOnWhenThereIsNoRoomToSaveIt() throws Exception {
        Machine machine = running("a");
        TestGuest guest = new TestGuest(machine, 0);
        guest.run("dd if=/dev/urandom of=/tmp/big bs=1M count=24 2> /dev/null");
        Disk disk = machine.disk();
        Path small = Files.createDirectory(directory.resolve("small"));
        Command.of("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small.toString())
                .runOrThrow();
        try {
            machine.pause();
            Disk next = machines.driver.layer(disk, directory.resolve("a/layer-0002.qcow2"));
            assertThatThrownBy(() -> machine.save(small, next))
                    .isInstanceOf(MachineException.class)
                    .hasMessageContaining("No space left");
            assertThat(small).isEmptyDirectory();
            assertThat(machine.disk()).isEqualTo(disk);
            machine.resume();
            assertThat(guest.run("echo $x")).isEqualTo("remembered\n");
            Files.delete(next.path());
        } finally {
            Command.of("umount", small.toString()).runOrThrow();
        }
        SavedState saved = machines.checkpoint(machine, 1);
        machine.resume();
        assertThat(saved.changes().resolve(SavedState.PAGES)).isNotEmptyFile();
        assertThat(guest.run("echo $x")).isEqualTo("remembered\n");
    }

    @Test
    void layersArePutTogetherWhileTheGuestRunsAndFrozenOnesStayAsTheyAre() throws Exception {
        Machine machine = running("a");
        TestGuest guest = new TestGuest(machine, 0);
        machine.flatten(Duration.ofSeconds(20));
        for (int i = 1; i <= 3; i++) {
            guest.run("dd if=/dev/zero of=/dev/vda bs=64k seek=" + (i * 16) + " count=1 2> /dev/null;" + " echo " + i
                    + " | dd of=/dev/vda bs=64k seek=" + (i * 16) + " 2> /dev/null; sync");
            machines.checkpoint(machine, i);
            machine.resume();
        }
        Path second = directory.resolve("a/layer-0002.qcow2");
        String hash = SavedMachines.hash(second);
        assertThat(BackingFiles.of(machine.disk().path())).hasSize(4);
        machine.flatten(Duration.ofSeconds(20));
        assertThat(BackingFiles.of(machine.disk().path()))
                .containsExactly(machines.templateDisk().path());
        assertThat(SavedMachines.hash(second)).isEqualTo(hash);
        Disk disk = machine.disk();
        SavedState saved = machines.checkpoint(machine, 4);
        machine.close();
        Machine again = machines.clone("b", saved, disk);
        again.start(TestGuest.START);
        assertThat(new TestGuest(again, 0)
                        .run("echo 3 > /proc/sys/vm/drop_caches; for i in 1 2 3; do"
                                + " dd if=/dev/vda bs=64k skip=$((i * 16)) count=1 2> /dev/null | head -n 1; done"))
                .isEqualTo("1\n2\n3\n");
    }

    @Test
    void whatIsPausedStaysPausedWhenItIsTakenOver() throws Exception {
        Machine fresh = machines.clone("pooled", template, machines.templateDisk());
        fresh.startPaused(TestGuest.START);
        Machine taken = takenOver(fresh);
        TestGuest guest = new TestGuest(taken, 0);
        guest.send("echo $x");
        assertThat(taken.console().end()).isZero();
        taken.resume();
        guest.awaitPrompt();
        Disk disk = taken.disk();
        SavedState saved = machines.checkpoint(taken, 1);
        Machine again = takenOver(taken);
        again.resume();
        assertThat(new TestGuest(again, guest.offset()).run("y=on; echo $y")).isEqualTo("on\n");
        SavedState second = machines.checkpoint(again, 2);
        assertThat(second.template()).isEqualTo(saved.template());
        again.close();
        Machine fork =
                machines.clone("fork", second, new Disk(directory.resolve("pooled/layer-0002.qcow2"), disk.format()));
        fork.start(TestGuest.START);
        assertThat(new TestGuest(fork, 0).run("echo $y")).isEqualTo("on\n");
    }

    @Test
    void coldMachineIsTakenOverAndSavedByAnotherDriver() throws Exception {
        Machine cold = machines.started(machines.spec("cold", new Memory.Fresh()));
        TestGuest guest = new TestGuest(cold, 0).awaitPrompt();
        guest.run("x=cold");
        Machine taken = takenOver(cold);
        Disk disk = taken.disk();
        SavedState saved = machines.checkpoint(taken, 1);
        taken.close();
        Machine fork = machines.clone("fork", saved, disk);
        fork.start(TestGuest.START);
        assertThat(new TestGuest(fork, 0).run("echo $x")).isEqualTo("cold\n");
    }

    @Test
    void whoTakesAMachineOverLearnsWhichLayerItWritesTo() throws Exception {
        Machine machine = running("a");
        Disk before = machine.disk();
        machines.checkpoint(machine, 1);
        Disk after = machine.disk();
        machine.detach();
        Files.setPosixFilePermissions(before.path(), PosixFilePermissions.fromString("rw-------"));
        Machine taken = QemuDriver.open(QemuSettings.of(directory, null))
                .adopt(machine.spec().on(before), machine.vmm());
        machines.closeLater(taken);
        assertThat(taken.disk()).isEqualTo(after).isNotEqualTo(before);
        assertThat(Files.getPosixFilePermissions(before.path()))
                .containsExactlyInAnyOrderElementsOf(PosixFilePermissions.fromString("r--r--r--"));
    }

    @Test
    void signatureIsTheSameInEachRun() throws Exception {
        String signature = machines.driver.signature();
        assertThat(QemuDriver.open(QemuSettings.of(directory, null)).signature())
                .isEqualTo(signature);
        assertThat(signature)
                .startsWith("qemu ")
                .contains("/qemu-system-x86_64 of ", "tcg", "la57=off", "Linux ", "tsc=reliable clocksource=tsc")
                .doesNotContain("tsc_early_khz", "\n");
    }

    /** As a daemon that was restarted does it. */
    private Machine takenOver(Machine machine) throws Exception {
        Disk disk = machine.disk();
        machine.detach();
        Machine taken = QemuDriver.open(QemuSettings.of(directory, null))
                .adopt(machine.spec().on(disk), machine.vmm());
        machines.closeLater(taken);
        return taken;
    }

    private Machine running(String name) throws Exception {
        Machine machine = machines.clone(name, template, machines.templateDisk());
        machine.start(TestGuest.START);
        return machine;
    }

    private void assertRefused(String name, SavedState state, Disk disk, Path file) throws Exception {
        Machine machine = machines.clone(name, state, disk);
        assertThatThrownBy(() -> machine.start(TestGuest.START))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining(file.toString());
    }
}
