package dev.execlaw.microvm.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.execlaw.microvm.linux.Fifo;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.HostProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against the kernel's own cgroup2, whatever controllers it has. */
@Timeout(60)
class CgroupTest {

    private static final CgroupLimits LIMITS = new CgroupLimits(1 << 30, 110, 100, null);
    private static final Duration TIME = Duration.ofSeconds(10);

    private Path parent;
    private Cgroups cgroups;
    private final List<HostProcess> processes = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        Optional<Path> mount = Cgroups.mount();
        assumeThat(mount).as("a cgroup2 file system").isPresent();
        assumeThat(Files.isWritable(mount.get())).as("cgroup2 writable").isTrue();
        parent = mount.get()
                .resolve("execlaw-test-" + ProcessHandle.current().pid())
                .resolve("inner");
        cgroups = Cgroups.open(parent);
    }

    @AfterEach
    void removeAll() throws IOException {
        if (parent == null) {
            return;
        }
        for (String name : cgroups.present()) {
            cgroups.remove(name, TIME);
        }
        Files.delete(parent);
        Files.delete(parent.getParent());
        processes.forEach(HostProcess::close);
    }

    @Test
    void killsAllWhoLiveThereAndGoes() throws Exception {
        Cgroup cgroup = cgroups.create("m1", LIMITS);
        HostProcess parentAndChild = living(cgroup, "sleep 600 & wait");
        assertThat(cgroup.members())
                .hasSize(2)
                .contains(parentAndChild.identity().pid());
        assertThat(cgroups.present()).containsExactly("m1");
        cgroups.remove("m1", TIME);
        assertThat(parentAndChild.exit().join()).isEqualTo(137);
        assertThat(cgroup.directory()).doesNotExist();
        assertThat(cgroup.members()).isEmpty();
        cgroups.remove("m1", TIME);
    }

    @Test
    void nextProcessFindsWhatAnotherLeft() throws Exception {
        HostProcess left = living(cgroups.create("m2", LIMITS), "exec sleep 600");
        Cgroups later = Cgroups.open(parent);
        assertThat(later.present()).containsExactly("m2");
        assertThatThrownBy(() -> later.create("m2", LIMITS))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("[" + left.identity().pid() + "] live in cgroup");
        later.remove("m2", TIME);
        assertThat(later.present()).isEmpty();
        assertThat(left.awaitExit(TIME)).isTrue();
    }

    @Test
    void emptyOneIsTakenOver() throws Exception {
        assertThat(cgroups.create("m3", LIMITS)).isEqualTo(cgroups.create("m3", LIMITS));
    }

    @Test
    void limitsAreReadBackWhereTheHostHasThemAndToldWhereNot() throws Exception {
        Cgroup cgroup = cgroups.create("m4", LIMITS);
        for (CgroupLimits.Setting setting : LIMITS.settings()) {
            Path file = cgroup.directory().resolve(setting.file());
            if (Files.exists(file)) {
                assertThat(file).hasContent(setting.value());
            } else if (!setting.file().equals("memory.swap.max")) {
                assertThat(cgroups.missing())
                        .anySatisfy(text -> assertThat(text).contains("controller \"" + setting.controller() + "\""));
            }
        }
    }

    /** A process that moved itself there before it ran the script; waits until it says so. */
    private HostProcess living(Cgroup cgroup, String script) throws Exception {
        Path ready = Files.createTempFile("execlaw-cgroup", ".ready");
        try {
            Files.delete(ready);
            Fifo.create(ready);
            String text = "echo $$ > " + cgroup.processes() + "; (" + "echo ready > " + ready + ") ; " + script;
            HostProcess process = HostProcess.start(Command.of("sh", "-c", text));
            processes.add(process);
            assertThat(Command.of("cat", ready.toString())
                            .timeout(TIME)
                            .runOrThrow()
                            .stdout())
                    .isEqualTo("ready\n");
            return process;
        } finally {
            Files.deleteIfExists(ready);
        }
    }
}
