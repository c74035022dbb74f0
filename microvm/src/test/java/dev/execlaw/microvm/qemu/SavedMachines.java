package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;

/** Templates, clones and checkpoints of the tests' guest, in a directory of one test. Closing proves that none is left. */
final class SavedMachines implements AutoCloseable {

    /** Counts in memory, in a process of its own. */
    static final String COUNT = "(i=0; while true; do i=$((i+1)); echo $i > /tmp/n; mv /tmp/n /tmp/count;"
            + " usleep 5000; done) & x=remembered; until [ -e /tmp/count ]; do usleep 1000; done";

    final Path directory;
    final QemuDriver driver;
    private final Deque<Machine> machines = new ArrayDeque<>();

    SavedMachines(Path directory) throws Exception {
        this.directory = directory;
        // Without a kernel to probe with the driver takes software emulation: the same everywhere.
        this.driver = QemuDriver.open(QemuSettings.of(directory, null));
    }

    /** A machine that booted cold, with a disk of its own. */
    MachineSpec spec(String name, Memory memory) throws IOException {
        Path own = Files.createDirectories(directory.resolve(name));
        return with(TestGuest.spec(own, TestGuest.disk(own), 2, driver.kernelArguments()), name, own, memory);
    }

    static MachineSpec with(MachineSpec spec, String name, Path directory, Memory memory) {
        return new MachineSpec(
                name,
                directory,
                spec.boot(),
                spec.disk(),
                spec.vcpus(),
                spec.memoryMiB(),
                spec.nic(),
                spec.limits(),
                spec.account(),
                memory);
    }

    /** A template of a guest that counts. */
    SavedState template() throws Exception {
        Path own = Files.createDirectories(directory.resolve("template"));
        MachineSpec spec = spec("template", new Memory.Recorded(own.resolve(SavedState.MEMORY)));
        try (Machine machine = started(spec);
                TestGuest guest = new TestGuest(machine, 0).awaitPrompt()) {
            guest.run("echo of the template > /dev/vda; sync");
            guest.run(COUNT);
            machine.pause();
            Disk next = driver.layer(machine.disk(), own.resolve("next.qcow2"));
            SavedState saved = machine.save(own, next);
            assertThat(machine.disk()).isEqualTo(next);
            assertThatThrownBy(machine::resume).hasMessageContaining("it has become a template");
            return saved;
        }
    }

    /** Disk of the template as it was saved. */
    Disk templateDisk() {
        return new Disk(directory.resolve("template/disk.raw"), Disk.Format.RAW);
    }

    /** A machine that goes on from a saved state, on a new layer over a disk; not started. */
    Machine clone(String name, SavedState state, Disk base) throws Exception {
        return create(cloneSpec(name, state, base));
    }

    MachineSpec cloneSpec(String name, SavedState state, Disk base) throws Exception {
        Path own = Files.createDirectories(directory.resolve(name));
        Disk disk = driver.layer(base, own.resolve("layer-0001.qcow2"));
        MachineSpec plain = TestGuest.spec(own, disk, 2, "");
        return with(plain, name, own, new Memory.Saved(state));
    }

    Machine create(MachineSpec spec) {
        Machine machine = driver.create(spec);
        machines.push(machine);
        return machine;
    }

    Machine started(MachineSpec spec) throws Exception {
        Machine machine = create(spec);
        machine.start(TestGuest.START);
        return machine;
    }

    void closeLater(Machine machine) {
        machines.push(machine);
    }

    /** Saves a machine as the given number of its checkpoints; it stays paused. */
    SavedState checkpoint(Machine machine, int number) throws Exception {
        machine.pause();
        Path own = machine.spec().directory();
        Path place = Files.createDirectory(own.resolve("checkpoint-" + number));
        Disk next = driver.layer(machine.disk(), own.resolve("layer-%04d.qcow2".formatted(number + 1)));
        return machine.save(place, next);
    }

    static String hash(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    }

    @Override
    public void close() throws Exception {
        machines.forEach(Machine::close);
        assertThat(Processes.find(directory)).isEmpty();
        for (Machine machine : machines) {
            for (String name : new String[] {"console.in", "qmp.sock", "wake.in", "wake.out", "saving"}) {
                assertThat(machine.spec().directory().resolve(name)).doesNotExist();
            }
        }
    }
}
