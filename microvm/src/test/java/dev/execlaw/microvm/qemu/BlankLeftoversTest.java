package dev.execlaw.microvm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.execlaw.microvm.cgroup.Cgroup;
import dev.execlaw.microvm.cgroup.CgroupLimits;
import dev.execlaw.microvm.cgroup.Cgroups;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BlankLeftoversTest {

    private static final Duration END = Duration.ofSeconds(10);

    @TempDir
    private Path cache;

    @Test
    void whatADeadMakerLeftIsRemovedWithProcessAndCgroup() throws Exception {
        Path parent = Cgroups.mount()
                .map(mount -> mount.resolve(
                        "execlaw-blanks-" + ProcessHandle.current().pid()))
                .orElse(null);
        assumeThat(parent).as("a cgroup2 file system on this host").isNotNull();
        assumeThat(Files.isWritable(parent.getParent())).isTrue();
        Cgroups cgroups = Cgroups.open(parent);
        Path left = Files.createDirectories(cache.resolve("blank/new-" + dead() + "-123"));
        Files.writeString(left.resolve("disk.raw"), "half made");
        Path process = cgroups.create(Blanks.machineName(left), new CgroupLimits(64 << 20, 100, 8, null))
                .processes();
        try (HostProcess vmm = HostProcess.start(Command.of("sh", "-c", "sleep 600; :", "sh", left.toString()))) {
            Files.write(process, String.valueOf(vmm.identity().pid()).getBytes(UTF_8));

            QemuDriver.open(QemuSettings.of(cache, null).withCgroupParent(parent));

            assertThat(vmm.awaitExit(END)).isTrue();
            assertThat(left).doesNotExist();
            assertThat(cgroups.present()).isEmpty();
        } finally {
            new Cgroup(parent.resolve(Blanks.machineName(left))).remove(END);
            Files.delete(parent);
        }
    }

    @Test
    void whatALivingProcessMakesStays() throws Exception {
        Path used = Files.createDirectories(cache.resolve("blank/" + BlankLeftovers.prefix() + "123"));
        Path finished = Files.createDirectories(cache.resolve("blank/0123456789abcdef"));

        QemuDriver.open(QemuSettings.of(cache, null));

        assertThat(used).exists();
        assertThat(finished).exists();
    }

    @Test
    void oneThatIsBegunIsFinishedAlthoughNobodyWaitsForItAnyMore() throws Exception {
        assumeThat(Cgroups.mount().filter(Files::isWritable))
                .as("a cgroup2 file system on this host")
                .isPresent();
        Path parent = Cgroups.mount()
                .orElseThrow()
                .resolve("execlaw-blanks-" + ProcessHandle.current().pid());
        QemuDriver driver = QemuDriver.open(QemuSettings.of(cache, null).withCgroupParent(parent));
        Path kept = cache.resolve("blank");
        Path own = Files.createDirectories(cache.resolve("cold"));
        MachineSpec cold = TestGuest.spec(own, TestGuest.disk(own), 2, driver.kernelArguments());
        try {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> new Blanks(kept, "7").of(cold, spec -> (QemuMachine) driver.create(spec)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
            Awaitility.await().atMost(END).until(() -> finished(kept));
            assertThat(driver.cgroups().orElseThrow().present()).isEmpty();
        } finally {
            boolean _ = Thread.interrupted();
            for (String left : Cgroups.open(parent).present()) {
                new Cgroup(parent.resolve(left)).remove(END);
            }
            Files.delete(parent);
        }
    }

    /** Whether one is there and nothing of its making. */
    private static boolean finished(Path kept) throws IOException {
        try (Stream<Path> all = Files.list(kept)) {
            List<String> names = all.map(path -> path.getFileName().toString()).toList();
            return names.size() == 1 && !names.getFirst().startsWith("new-");
        }
    }

    /** This process's number, as one had it that started at another time. */
    private static String dead() {
        ProcessIdentity self = Processes.identify(ProcessHandle.current().pid()).orElseThrow();
        return self.pid() + "-" + (self.startTicks() + 1);
    }
}
