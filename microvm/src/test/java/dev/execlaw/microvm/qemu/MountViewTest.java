package dev.execlaw.microvm.qemu;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Views as other programs than QEMU see them. */
class MountViewTest {

    private static final Path NO_CGROUP = Path.of("/dev/null");

    @TempDir
    private Path data;

    private Path directory;
    private Path kernel;
    private Path disk;

    @BeforeEach
    void files() throws IOException {
        directory = Files.createDirectories(data.resolve("it's #1, a\\b\tü/m"));
        kernel = Files.writeString(data.resolve("vm linuz"), "kernel");
        disk = Files.writeString(data.resolve("disk.raw"), "disk");
        Files.writeString(directory.resolve("own"), "own");
        Files.writeString(data.resolve("other"), "other");
        Files.createDirectories(data.resolve("run"));
    }

    @Test
    void anyNamesAreShownAtTheirPlaces() throws Exception {
        MountView view = MountView.of(spec(tap()), "qemu", true);
        view.prepare();
        CommandResult seen = in(view, "cat own \"$1\"/vm* \"$1\"/disk.raw; ls -A \"$1\"; pwd", data.toString());
        assertThat(seen.stderr()).isEmpty();
        assertThat(seen.stdout())
                .isEqualTo("ownkerneldisk" + listed(data, "disk.raw", directory, "vm linuz") + directory + "\n");
        assertThat(in(view, "echo x > \"$1\"/disk.raw && ! echo x > \"$1\"/vm*", data.toString()))
                .returns(0, CommandResult::status);
        assertThat(disk).hasContent("x");
        assertThat(kernel).hasContent("kernel");
    }

    @Test
    void devicesAreForEverybodyInTheViewAlone() throws Exception {
        MountView view = MountView.of(spec(tap()), "qemu", true);
        view.prepare();
        assertThat(in(view, "stat -L -c '%n %a %t:%T' /dev/*[a-z] /dev/net/tun", "")
                        .stdout()
                        .lines())
                .contains("/dev/net/tun 666 a:c8", "/dev/kvm 666 a:e8", "/dev/null 666 1:3", "/dev/urandom 666 1:9");
        MountView.remove(MachineFiles.of(spec(tap())));
        MountView without = MountView.of(spec(user()), "qemu", false);
        without.prepare();
        assertThat(in(without, "ls /dev/net; head -c 0 /dev/kvm", "").stderr()).contains("No such file");
    }

    @Test
    void viewShowsWhateverTheUmaskAndLeavesTheHostAsItWas() throws Exception {
        String before = Files.readString(Path.of("/proc/self/mountinfo"));
        MountView view = MountView.of(spec(user()), "qemu", false);
        view.prepare();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(view.root())))
                .isEqualTo("rwxr-xr-x");
        assertThat(in(view, "umask 77; ls -d \"$1\"", data + "/run").stdout()).isEqualTo(data + "/run\n");
        assertThat(in(view, "exit 7", "").status()).isEqualTo(7);
        assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(before);
        MountView.remove(MachineFiles.of(spec(user())));
        MountView.remove(MachineFiles.of(spec(user())));
        try (var left = Files.list(directory)) {
            assertThat(left).containsExactly(directory.resolve("own"));
        }
    }

    @Test
    void cgroupThatCannotBeEnteredEndsTheStart() throws Exception {
        MountView view = MountView.of(spec(user()), "qemu", false);
        view.prepare();
        List<String> line = new ArrayList<>(view.command(data.resolve("no-such/cgroup.procs")));
        line.addAll(List.of("echo", "started"));
        CommandResult result = Command.of(line).run();
        assertThat(result.status()).isNotZero();
        assertThat(result.stdout()).isEmpty();
        line.set(line.indexOf(data + "/no-such/cgroup.procs"), "/dev/full");
        assertThat(Command.of(line).run()).satisfies(full -> {
            assertThat(full.status()).isNotZero();
            assertThat(full.stdout()).isEmpty();
        });
    }

    @Test
    void machineWithinTheSystemsFilesIsRefused() {
        MachineSpec within = new MachineSpec(
                "m",
                Path.of("/usr/local/m"),
                boot(),
                new Disk(disk, Disk.Format.RAW),
                1,
                128,
                tap(),
                Limits.NONE,
                null);
        assertThatThrownBy(() -> MountView.of(within, "qemu", false))
                .hasMessage("directory /usr/local/m is within /usr, which every VMM sees; keep machines elsewhere");
    }

    @Test
    void missingKernelIsNamed() throws Exception {
        Files.delete(kernel);
        assertThatThrownBy(() -> MountView.of(spec(tap()), "qemu", false))
                .hasMessage("there is no " + kernel + ", which machine m needs");
    }

    private MachineSpec spec(Nic nic) {
        return new MachineSpec("m", directory, boot(), new Disk(disk, Disk.Format.RAW), 1, 128, nic, Limits.NONE, null);
    }

    private Boot boot() {
        return new Boot(kernel, null, "");
    }

    private static Nic tap() {
        return new Nic.Tap(TestGuest.SLOT);
    }

    private Nic user() {
        return new Nic.User(TestGuest.SLOT, data.resolve("run/gw.sock"), 8787);
    }

    private static CommandResult in(MountView view, String script, String argument) throws Exception {
        List<String> line = new ArrayList<>(view.command(NO_CGROUP));
        line.addAll(List.of("sh", "-c", script, "sh", argument));
        return Command.of(line).run();
    }

    private static String listed(Path parent, Object... entries) {
        return List.of(entries).stream()
                .map(entry -> entry instanceof Path path
                        ? parent.relativize(path).getName(0).toString()
                        : entry.toString())
                .map(name -> name + "\n")
                .collect(joining());
    }
}
