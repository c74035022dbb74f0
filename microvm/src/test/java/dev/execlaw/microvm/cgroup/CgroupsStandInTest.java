package dev.execlaw.microvm.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.cgroup.CgroupLimits.DiskLimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written, to a plain directory that stands in for a cgroup2 file system with all controllers. */
class CgroupsStandInTest {

    private static final CgroupLimits LIMITS = new CgroupLimits(512 << 20, 210, 300, new DiskLimit("8:16", 1000, 0));

    @TempDir
    private Path top;

    private Path parent;

    @BeforeEach
    void standIn() throws IOException {
        parent = top.resolve("execlaw");
        Files.createDirectories(parent);
        for (Path level : List.of(top, parent)) {
            Files.writeString(level.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
            Files.writeString(level.resolve("cgroup.subtree_control"), "cpu io memory pids\n");
        }
    }

    @Test
    void everyLimitGoesToItsFile() throws Exception {
        Path own = cgroup("memory.max", "memory.swap.max", "cpu.max", "pids.max", "io.max");
        Cgroups cgroups = Cgroups.open(parent);
        assertThat(cgroups.missing()).isEmpty();
        cgroups.create("m1", LIMITS);
        assertThat(own.resolve("memory.max")).hasContent("536870912");
        assertThat(own.resolve("memory.swap.max")).hasContent("0");
        assertThat(own.resolve("cpu.max")).hasContent("210000 100000");
        assertThat(own.resolve("pids.max")).hasContent("300");
        assertThat(own.resolve("io.max")).hasContent("8:16 rbps=1000 wbps=1000 riops=max wiops=max");
    }

    @Test
    void hostWithoutSwapGetsNoSwapLimit() throws Exception {
        Path own = cgroup("memory.max", "cpu.max", "pids.max");
        Cgroups.open(parent).create("m1", new CgroupLimits(1, 1, 1, null));
        assertThat(own.resolve("memory.swap.max")).doesNotExist();
        assertThat(own.resolve("memory.max")).hasContent("1");
    }

    @Test
    void controllersAreSwitchedOnWhereTheyAreNot() throws Exception {
        Files.writeString(parent.resolve("cgroup.subtree_control"), "cpu memory pids\n");
        Cgroups.open(parent);
        assertThat(parent.resolve("cgroup.subtree_control")).content().startsWith("+io");
        assertThat(top.resolve("cgroup.subtree_control")).hasContent("cpu io memory pids");
    }

    @Test
    void controllerThatIsNotOfferedIsToldAndItsLimitsAreLeftOut() throws Exception {
        Path own = cgroup("memory.max", "cpu.max", "pids.max");
        Files.writeString(top.resolve("cgroup.controllers"), "cpu io memory\n");
        Cgroups cgroups = Cgroups.open(parent);
        assertThat(cgroups.missing()).singleElement().asString().contains(top.toString(), "\"pids\"", "not limited");
        cgroups.create("m1", LIMITS);
        assertThat(own.resolve("pids.max")).isEmptyFile();
        assertThat(own.resolve("memory.max")).isNotEmptyFile();
    }

    @Test
    void directoryElsewhereIsNotTaken() {
        assertThatThrownBy(() -> Cgroups.open(Path.of("/nowhere/execlaw")))
                .hasMessage("/nowhere/execlaw is not below a cgroup2 file system");
    }

    @Test
    void namesOfOtherPlacesAreRefused() throws Exception {
        Cgroups cgroups = Cgroups.open(parent);
        for (String name : List.of("..", "a/b", "", "cgroup.procs", "A")) {
            assertThatThrownBy(() -> cgroups.of(name)).hasMessageContaining("\"" + name + "\"");
        }
    }

    @Test
    void mountIsFoundAmongOthers() {
        assertThat(Cgroups.mount(List.of(
                        "30 1 0:25 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory",
                        "31 1 0:26 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw")))
                .hasValue(Path.of("/sys/fs/cgroup/unified"));
        assertThat(Cgroups.mount(List.of())).isEmpty();
    }

    @Test
    void deviceNumbersAreTakenApartAsTheKernelPutsThemTogether() {
        assertThat(BlockDevice.major(0x10302)).isEqualTo(0x103);
        assertThat(BlockDevice.minor(0x10302)).isEqualTo(2);
        assertThat(BlockDevice.minor(0x1000fe05L)).isEqualTo(0x10005);
        assertThat(BlockDevice.major(0x1000fe05L)).isEqualTo(0xfe);
    }

    private Path cgroup(String... files) throws IOException {
        Path own = Files.createDirectories(parent.resolve("m1"));
        for (String file : files) {
            Files.createFile(own.resolve(file));
        }
        return own;
    }
}
