package dev.execlaw.microvm.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.execlaw.microvm.firecracker.Ground.Way;
import dev.execlaw.microvm.firecracker.api.Answers;
import dev.execlaw.microvm.firecracker.api.Query;
import dev.execlaw.microvm.linux.OpenFile;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.Processes;
import dev.execlaw.microvm.qemu.TestGuest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Machines that are saved and go on, by real guests: templates, clones, checkpoints. */
@Timeout(300)
class SavedMachineTest {

    private static final Duration START = Duration.ofSeconds(60);
    private static final int FIRST = 400;

    @TempDir
    private Path data;

    private Ground ground;
    private Driver driver;
    private int made;
    private final Deque<Machine> machines = new ArrayDeque<>();

    @BeforeEach
    void prepare() {
        ground = new Ground(data);
    }

    @AfterEach
    void closeAllAndProveIt() throws Exception {
        machines.forEach(Machine::close);
        ground.close();
        assertThat(Processes.find(data)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void clonesOfATemplateGoTheirOwnWaysAndLeaveItAsItIs(Way way) throws Exception {
        Template template = template(way);
        byte[] memory = Files.readAllBytes(template.state().memory());
        byte[] disk = Files.readAllBytes(template.disk().path());

        Machine one = clone(way, template.state(), template.disk());
        Machine two = clone(way, template.state(), template.disk());
        TestGuest guestOfOne = greeted(one);
        TestGuest guestOfTwo = greeted(two);
        assertThat(guestOfOne.run("echo $x; head -c 8 /dev/vda")).isEqualTo("template\nrecorded");
        guestOfOne.run("x=one; echo only-one | dd of=/dev/vda conv=notrunc; sync");

        assertThat(guestOfTwo.run("echo $x; head -c 8 /dev/vda")).isEqualTo("template\nrecorded");
        assertThat(guestOfOne.run("echo $x; head -c 8 /dev/vda")).isEqualTo("one\nonly-one");
        assertThat(Files.readAllBytes(template.state().memory())).isEqualTo(memory);
        assertThat(Files.readAllBytes(template.disk().path())).isEqualTo(disk);
        assertThat(permissions(template.state().memory())).isEqualTo("r--r--r--");
        assertThat(permissions(template.disk().path())).isEqualTo("r--r--r--");
    }

    @ParameterizedTest
    @EnumSource
    void checkpointsAreGoneBackToAndForkedFrom(Way way) throws Exception {
        Template template = template(way);
        Machine machine = clone(way, template.state(), template.disk());
        TestGuest guest = greeted(machine);
        guest.run("x=first; echo disk-one | dd of=/dev/vda conv=notrunc; head -c 9000000 /dev/urandom >/tmp/a; sync");
        String sum = guest.run("md5sum /tmp/a");
        Disk firstDisk = machine.disk();
        SavedState first = checkpoint(machine);
        assertThat(machine.disk()).isNotEqualTo(firstDisk);
        assertThat(guest.run("echo $x")).isEqualTo("first\n");
        guest.run("x=second; echo disk-two | dd of=/dev/vda conv=notrunc; echo b >/tmp/b; sync");
        Disk secondDisk = machine.disk();
        SavedState second = checkpoint(machine);
        guest.run("x=third; echo disk-xxx | dd of=/dev/vda conv=notrunc; rm /tmp/a; sync");
        assertThat(guest.run("echo $x; head -c 8 /dev/vda")).isEqualTo("third\ndisk-xxx");
        assertThat(allocated(first.changes().resolve(SavedState.PAGES)))
                .isLessThan(allocated(template.state().memory()));
        assertThat(permissions(first.changes().resolve(SavedState.PAGES))).isEqualTo("r--------");

        Machine back = clone(way, first, firstDisk);
        Machine fork = clone(way, second, secondDisk);
        TestGuest inBack = greeted(back);
        TestGuest inFork = greeted(fork);
        assertThat(inBack.run("echo $x; head -c 8 /dev/vda; ls -1 /tmp")).isEqualTo("first\ndisk-onea\n");
        assertThat(inFork.run("echo $x; head -c 8 /dev/vda; ls -1 /tmp")).isEqualTo("second\ndisk-twoa\nb\n");
        assertThat(inBack.run("md5sum /tmp/a")).isEqualTo(sum);
        assertThat(inFork.run("md5sum /tmp/a")).isEqualTo(sum);

        inBack.run("x=$x,again; echo c >/tmp/c; sync");
        Disk againDisk = back.disk();
        SavedState again = checkpoint(back);
        assertThat(again.template()).isEqualTo(template.state().template());
        back.close();
        TestGuest inAgain = greeted(clone(way, again, againDisk));
        assertThat(inAgain.run("echo $x; ls -1 /tmp")).isEqualTo("first,again\na\nc\n");
        assertThat(inAgain.run("md5sum /tmp/a")).isEqualTo(sum);
    }

    @ParameterizedTest
    @EnumSource
    void oneThatBootedIsSavedToo(Way way) throws Exception {
        Machine booted = add(driver(way).create(ground.spec(index(), way.account())));
        booted.start(START);
        TestGuest guest = new TestGuest(booted, 0).awaitPrompt();
        guest.run("x=cold; echo from-cold | dd of=/dev/vda conv=notrunc; sync");
        Disk disk = booted.disk();
        SavedState saved = checkpoint(booted);
        assertThat(saved.memory()).hasSize(192L << 20);
        assertThat(allocated(saved.memory())).isZero();
        guest.run("x=colder");
        Disk later = booted.disk();
        SavedState second = checkpoint(booted);
        booted.close();
        Files.delete(saved.memory());

        assertThat(greeted(clone(way, saved, disk)).run("echo $x; head -c 9 /dev/vda"))
                .isEqualTo("cold\nfrom-cold");
        Machine again = clone(way, second, later);
        TestGuest inAgain = greeted(again);
        assertThat(inAgain.run("echo $x")).isEqualTo("colder\n");
        inAgain.run("x=coldest");
        Disk last = again.disk();
        SavedState third = checkpoint(again);
        assertThat(third.template()).isEqualTo(saved.template());
        assertThat(greeted(clone(way, third, last)).run("echo $x")).isEqualTo("coldest\n");
    }

    @ParameterizedTest
    @EnumSource
    void aPausedStartWaitsForItsResume(Way way) throws Exception {
        FirecrackerMachine booted = add(driver(way).create(ground.spec(index(), way.account())));
        booted.startPaused(START);
        booted.pause();
        assertThat(booted.api().ask(new Query.Instance()).state()).isEqualTo(Answers.State.NOT_STARTED);
        booted.resume();
        TestGuest guest = new TestGuest(booted, 0).awaitPrompt();
        guest.run("x=paused");
        Disk disk = booted.disk();
        SavedState saved = checkpoint(booted);

        FirecrackerMachine clone = machine(way, saved, disk);
        clone.startPaused(START);
        assertThat(clone.api().ask(new Query.Instance()).state()).isEqualTo(Answers.State.PAUSED);
        clone.resume();
        assertThat(greeted(clone).run("echo $x")).isEqualTo("paused\n");
    }

    @ParameterizedTest
    @EnumSource
    void oneThatWasTakenOverIsSavedWithAllThatItChanged(Way way) throws Exception {
        Template template = template(way);
        Machine first = clone(way, template.state(), template.disk());
        TestGuest guest = greeted(first);
        guest.run("echo early >/tmp/early");
        checkpoint(first);
        guest.run("echo late >/tmp/late");
        MachineSpec spec = first.spec().on(first.disk());
        first.detach();

        Machine second = add(driver(way).adopt(spec, first.vmm()));
        assertThat(second.disk()).isEqualTo(spec.disk());
        SavedState saved = checkpoint(second);
        assertThat(greeted(clone(way, saved, spec.disk())).run("cat /tmp/early /tmp/late"))
                .isEqualTo("early\nlate\n");
    }

    @ParameterizedTest
    @EnumSource
    void aSaveThatFailsLeavesTheMachineAsItWas(Way way) throws Exception {
        Template template = template(way);
        Machine machine = clone(way, template.state(), template.disk());
        TestGuest guest = greeted(machine);
        Disk disk = machine.disk();
        Disk next = driver(way).layer(disk, machine.spec().directory().resolve("next"));
        assertThatThrownBy(() -> machine.save(directory("running"), next))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("PUT /snapshot/create");
        fails(way, template.state(), next, "is empty; a layer over a disk that is written to");
        machine.pause();
        assertThatThrownBy(() -> machine.save(data.resolve("nowhere"), next)).hasMessageContaining("nowhere");
        assertThatThrownBy(() -> machine.save(directory("qcow"), new Disk(next.path(), Disk.Format.QCOW2)))
                .hasMessageContaining("no layer of this driver");
        Path used = directory("used");
        Files.createFile(used.resolve(SavedState.PAGES));
        assertThatThrownBy(() -> machine.save(used, next)).hasMessageContaining("machines may run on it");
        assertThat(machine.disk()).isEqualTo(disk);
        machine.resume();

        guest.run("echo kept >/tmp/kept");
        assertThat(greeted(clone(way, checkpoint(machine), disk)).run("echo $x; cat /tmp/kept"))
                .isEqualTo("template\nkept\n");
    }

    @ParameterizedTest
    @EnumSource
    void tornFilesAreToldByTheirNames(Way way) throws Exception {
        Template template = template(way);
        Machine machine = clone(way, template.state(), template.disk());
        greeted(machine);
        Disk disk = machine.disk();
        SavedState saved = checkpoint(machine);
        machine.close();
        Path pages = saved.changes().resolve(SavedState.PAGES);

        long somewhere = changed(pages);
        byte was = turned(pages, somewhere);
        fails(way, saved, disk, saved.changes() + " does not add up", "take an earlier one");
        assertThat(turned(pages, somewhere)).isNotEqualTo(was);
        byte device = turned(saved.devices(), 1_000);
        fails(way, saved, disk, saved.changes() + " does not add up");
        assertThat(turned(saved.devices(), 1_000)).isNotEqualTo(device);
        greeted(clone(way, saved, disk)).run("true");
        Files.delete(saved.changes().resolve("sums"));
        fails(way, saved, disk, saved.changes() + " has no sums");

        cut(pages, 1 << 20);
        fails(way, saved, disk, pages + " has 1048576 bytes", "192 MiB");
        Files.delete(pages);
        fails(way, saved, disk, pages + " has 0 bytes");
        cut(template.state().memory(), 5);
        fails(way, template.state(), template.disk(), template.state().memory() + " has 5 bytes");
        Template other = template(way);
        cut(other.state().devices(), 100_000);
        fails(way, other.state(), other.disk(), "refused PUT /snapshot/load", "snapshot state");
    }

    @ParameterizedTest
    @EnumSource
    void theWakeUpPortReachesTheGuestThroughAllThat(Way way) throws Exception {
        assumeTrue(
                FirecrackerBinaries.fromProperties().isDouble(), "the tests' guest has no vsock, the double no other");
        Template template = template(way);
        Machine machine = clone(way, template.state(), template.disk());
        TestGuest guest = greeted(machine);
        assertThatThrownBy(() -> machine.wakePort(Duration.ofSeconds(5)))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("vsock port 1 of the guest, within 5000 ms: was refused");
        guest.run("name=$(grep -l execlaw.wake /sys/class/virtio-ports/*/name); port=/dev/$(basename ${name%/name})");
        guest.run("(while read -r line; do echo \"heard $line\"; done <>$port >&0) &");
        try (ByteChannel first = machine.wakePort(START)) {
            assertThat(spoken(first, "one")).isEqualTo("heard one");
        }
        machine.pause();
        try (ByteChannel early = machine.wakePort(START)) {
            early.write(ByteBuffer.wrap("two\n".getBytes(UTF_8)));
            machine.resume();
            assertThat(line(early)).isEqualTo("heard two");
            Disk disk = machine.disk();
            SavedState saved = checkpoint(machine);
            assertThat(early.read(ByteBuffer.allocate(1)))
                    .as("a save ends connections")
                    .isEqualTo(-1);
            try (ByteChannel later = machine.wakePort(START);
                    ByteChannel inClone = clone(way, saved, disk).wakePort(START)) {
                assertThat(spoken(later, "three")).isEqualTo("heard three");
                assertThat(spoken(inClone, "four")).isEqualTo("heard four");
            }
        }
    }

    private static String spoken(ByteChannel channel, String line) throws IOException {
        channel.write(ByteBuffer.wrap((line + "\n").getBytes(UTF_8)));
        return line(channel);
    }

    private static String line(ByteChannel channel) throws IOException {
        StringBuilder line = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (channel.read(one.clear()) > 0 && one.get(0) != '\n') {
            line.append((char) one.get(0));
        }
        return line.toString();
    }

    @ParameterizedTest
    @EnumSource
    void aFullDiskFailsTheSaveAndNotTheMachine(Way way) throws Exception {
        Path small = directory("small");
        Command.of("mount", "-t", "tmpfs", "-o", "size=400m", "none", small.toString())
                .runOrThrow();
        try (Ground own = new Ground(small)) {
            ground = own;
            Machine machine = add(driver(way).create(own.spec(index(), way.account())));
            machine.start(START);
            TestGuest guest = new TestGuest(machine, 0).awaitPrompt();
            guest.run("x=kept; head -c 3000000 /dev/urandom >/tmp/a");
            Disk disk = machine.disk();
            Path saved = Files.createDirectory(small.resolve("saved"));
            Disk next = driver(way).layer(disk, machine.spec().directory().resolve("next"));
            machine.pause();
            Path filler = small.resolve("filler");
            long free = Files.getFileStore(small).getUsableSpace();
            Command.of("head", "-c", String.valueOf(free - (1 << 20)), "/dev/zero")
                    .outputTo(filler)
                    .runOrThrow();
            assertThatThrownBy(() -> machine.save(saved, next))
                    .isInstanceOf(MachineException.class)
                    .hasMessageContaining("was not saved");
            Files.delete(filler);
            machine.resume();
            assertThat(machine.disk()).isEqualTo(disk);
            assertThat(guest.run("echo $x")).isEqualTo("kept\n");
            String sum = guest.run("md5sum /tmp/a");

            machine.pause();
            SavedState state = machine.save(Files.createDirectory(small.resolve("again")), next);
            machine.close();
            assertThat(greeted(clone(way, state, disk)).run("md5sum /tmp/a")).isEqualTo(sum);
        } finally {
            machines.forEach(Machine::close);
            Command.of("umount", small.toString()).runOrThrow();
            ground = new Ground(data);
        }
    }

    private void fails(Way way, SavedState state, Disk disk, String... words) throws Exception {
        Machine machine = machine(way, state, disk);
        assertThatThrownBy(() -> machine.start(START))
                .isInstanceOf(MachineException.class)
                .hasMessageContainingAll(words);
    }

    /** Where a page of changed memory is. */
    private static long changed(Path pages) throws IOException {
        try (OpenFile file = OpenFile.read(pages)) {
            return file.firstData(file.length());
        }
    }

    /** Changes one bit of a file there; gives what was. */
    private static byte turned(Path file, long at) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(at);
            byte was = opened.readByte();
            opened.seek(at);
            opened.write(was ^ 1);
            return was;
        }
    }

    private static void cut(Path file, long length) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(length);
        }
    }

    /** A template's files. */
    private record Template(SavedState state, Disk disk) {}

    private Template template(Way way) throws Exception {
        Path files = directory("template-" + made);
        MachineSpec spec = ground.spec(index(), way.account());
        Machine machine =
                add(driver(way).create(with(spec, spec.disk(), new Memory.Recorded(files.resolve("memory")))));
        machine.start(START);
        TestGuest guest = new TestGuest(machine, 0).awaitPrompt();
        guest.run("x=template; echo recorded | dd of=/dev/vda conv=notrunc; sync");
        Disk next = driver(way).layer(machine.disk(), spec.directory().resolve("next"));
        machine.pause();
        SavedState state = machine.save(files, next);
        machine.close();
        assertThat(state).isEqualTo(new SavedState(files, null));
        return new Template(state, spec.disk());
    }

    private SavedState checkpoint(Machine machine) throws Exception {
        Path directory = directory("checkpoint-" + made++);
        Disk next = driver.layer(machine.disk(), machine.spec().directory().resolve("layer-" + made));
        machine.pause();
        SavedState saved = machine.save(directory, next);
        machine.resume();
        assertThat(machine.disk()).isEqualTo(next);
        assertThat(directory)
                .isDirectoryContaining("glob:**/{pages,devices,sums}")
                .satisfies(files -> {
                    try (var listed = Files.list(files)) {
                        assertThat(listed).hasSize(3);
                    }
                });
        return saved;
    }

    private Machine clone(Way way, SavedState state, Disk disk) throws Exception {
        Machine clone = machine(way, state, disk);
        clone.start(START);
        return clone;
    }

    private FirecrackerMachine machine(Way way, SavedState state, Disk base) throws Exception {
        MachineSpec spec = ground.spec(index(), way.account());
        Disk disk = driver(way).layer(base, spec.directory().resolve("layer-0"));
        return add(driver(way).create(with(spec, disk, new Memory.Saved(state))));
    }

    private static MachineSpec with(MachineSpec spec, Disk disk, Memory memory) {
        return new MachineSpec(
                spec.name(),
                spec.directory(),
                spec.boot(),
                disk,
                spec.vcpus(),
                spec.memoryMiB(),
                spec.nic(),
                spec.limits(),
                spec.account(),
                memory);
    }

    /** The guest's shell waits where it was saved; an empty line has it show its prompt. */
    private static TestGuest greeted(Machine machine) throws Exception {
        TestGuest guest = new TestGuest(machine, 0);
        machine.console().write("\n".getBytes(UTF_8));
        return guest.awaitPrompt();
    }

    private FirecrackerDriver driver(Way way) throws MachineException {
        FirecrackerDriver opened = driver instanceof FirecrackerDriver known ? known : ground.driver(way);
        driver = opened;
        return opened;
    }

    private int index() {
        return FIRST + made++;
    }

    private Path directory(String name) throws IOException {
        return Files.createDirectory(data.resolve(name));
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    /** Bytes that it takes on the disk. */
    private static long allocated(Path file) throws Exception {
        String blocks = Command.of("stat", "-c", "%b", file.toString())
                .runOrThrow()
                .stdout()
                .strip();
        return Long.parseLong(blocks) * 512;
    }

    private FirecrackerMachine add(FirecrackerMachine machine) {
        machines.push(machine);
        return machine;
    }
}
