package dev.execlaw.doctor.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.doctor.check.Finding.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a VMM from being held, each alone. */
class ConfinementCheckTest {

    @TempDir
    Path directory;

    private TestHost host;

    @BeforeEach
    void create() {
        host = new TestHost(directory);
    }

    @Test
    void nothingIsMissing() throws Exception {
        List<Path> before = files();
        assertThat(host.look(new ConfinementCheck())).returns(Verdict.OK, Finding::verdict);
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void bothVersionsMounted() throws Exception {
        host.file("/proc/self/mountinfo", """
                30 24 0:25 / /sys/fs/cgroup/memory rw shared:8 - cgroup cgroup rw,memory
                31 24 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw
                """);
        host.file("/sys/fs/cgroup/unified/cgroup.controllers", "\n");
        assertWarns(
                "not limited in memory, cpu, pids, io: the control groups of version 2 at /sys/fs/cgroup/unified",
                "systemd.unified_cgroup_hierarchy=1");
        host.file("/sys/fs/cgroup/unified/cgroup.controllers", "cpu memory pids\n");
        assertWarns("not limited in io:", "delegated");
    }

    @Test
    void noneOfVersionTwo() throws Exception {
        host.file("/proc/self/mountinfo", "30 24 0:25 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
        assertWarns("no control groups of version 2 are mounted", "systemd.unified_cgroup_hierarchy=1");
    }

    @Test
    void groupsThatCannotBeWritten() throws Exception {
        host.remove("/sys/fs/cgroup/cgroup.subtree_control");
        assertWarns("/sys/fs/cgroup is read-only", "mounted so that they can be written");
    }

    @Test
    void notRoot() throws Exception {
        host.properties.put("user.name", "ada");
        assertWarns("without root", "run the server as root");
    }

    @Test
    void settingsThatTakeItAway() throws Exception {
        host.settings.put("vm.first_uid", "0");
        assertWarns("VMMs run as root", "remove vm.first_uid");
        host.settings.put("firecracker.jailer", "none");
        host.settings.put("vm.network_mib_per_s", "5");
        assertWarns("without a jail", "vm.network_mib_per_s = 5 holds under Firecracker alone");
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.toList();
        }
    }

    private void assertWarns(String... said) throws IOException {
        Finding finding = new ConfinementCheck().run(host.facts());
        assertThat(finding).as(finding.toString()).returns(Verdict.WARN, Finding::verdict);
        assertThat(finding.seen() + " -> " + finding.todo()).contains(said);
    }
}
