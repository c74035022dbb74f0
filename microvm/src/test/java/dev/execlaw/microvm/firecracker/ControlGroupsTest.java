package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.execlaw.microvm.cgroup.Cgroups;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.process.Account;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.HostProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ControlGroupsTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    @Test
    void jailerIsToldOfTheControllersThatThereAre() throws Exception {
        ControlGroups groups = ControlGroups.below(standIn(directory, "cpuset cpu pids"), "execlaw");
        assertThat(arguments(groups))
                .containsExactly(
                        "--cgroup-version",
                        "2",
                        "--parent-cgroup",
                        "execlaw",
                        "--cgroup",
                        "cpu.max=250000 100000",
                        "--cgroup",
                        "pids.max=66");
        assertThat(groups.gaps())
                .hasSize(2)
                .anySatisfy(gap -> assertThat(gap).contains("memory of a VMM is not limited", directory.toString()))
                .anySatisfy(gap -> assertThat(gap).contains("disk traffic of a VMM", "\"io\""));
    }

    @Test
    void jailerIsToldNothingWhereNoLimitCanBeSet() throws Exception {
        ControlGroups groups = ControlGroups.below(standIn(directory, "cpuset io"), "execlaw");
        assertThat(arguments(groups)).isEmpty();
        assertThat(groups.gaps()).hasSize(3);
    }

    @Test
    void placeThatCannotBeUsedIsTold() throws Exception {
        ControlGroups groups = ControlGroups.below(directory, "execlaw");
        assertThat(arguments(groups)).isEmpty();
        assertThat(groups.gaps())
                .singleElement()
                .asString()
                .contains("VMMs are not limited: cgroup " + directory.resolve("execlaw") + " cannot be used");
        groups.remove("ses-1");
    }

    @Test
    void groupOfAMachineGoesWithAllThatLivesInIt() throws Exception {
        Optional<Path> mount = Cgroups.mount();
        assumeThat(mount).as("a cgroup2 file system").isPresent();
        assumeThat(Files.isWritable(mount.get())).as("cgroup2 writable").isTrue();
        String parent = "execlaw-test-jailer-" + ProcessHandle.current().pid();
        ControlGroups groups = ControlGroups.below(mount.get(), parent);
        Path group = Files.createDirectory(mount.get().resolve(parent).resolve("ses-1"));
        HostProcess left = HostProcess.start(Command.of("sleep", "600"));
        try {
            Files.writeString(
                    group.resolve("cgroup.procs"),
                    String.valueOf(left.identity().pid()));
            groups.remove("ses-1");
            assertThat(group).doesNotExist();
            assertThat(left.awaitExit(SOON)).isTrue();
            groups.remove("ses-1");
        } finally {
            left.kill(SOON);
            left.close();
            Files.deleteIfExists(group);
            Files.delete(group.getParent());
        }
    }

    /** A plain directory that stands in for a cgroup2 file system with these controllers. */
    static Path standIn(Path top, String controllers) throws IOException {
        for (Path level : List.of(top, top.resolve("execlaw"))) {
            Files.createDirectories(level);
            Files.writeString(level.resolve("cgroup.controllers"), controllers + "\n");
            Files.writeString(level.resolve("cgroup.subtree_control"), controllers + "\n");
        }
        return top;
    }

    private List<String> arguments(ControlGroups groups) throws IOException {
        return groups.jailerArguments(Specs.of(directory, Limits.NONE, new Account(70001, 70002)));
    }
}
