package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.process.Account;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherTest {

    private static final HostPath FIRECRACKER = new HostPath(Path.of("/opt/fc/firecracker"));
    private static final HostPath JAILER = new HostPath(Path.of("/opt/fc/jailer"));
    private static final Account ACCOUNT = new Account(70001, 70002);
    private static final ControlGroups NONE = ControlGroups.without("execlaw", "said by the test");

    @TempDir
    private Path directory;

    @Test
    void directlyInADirectoryOfTheMachine() {
        Launcher.Direct direct = new Launcher.Direct(FIRECRACKER, false);
        MachineSpec spec = Specs.of(directory, Limits.NONE, null);
        Jail jail = direct.jail(spec);
        assertThat(jail.root()).isEqualTo(new HostPath(directory).resolve("vmm"));
        assertThat(direct.workingDirectory(spec, jail)).isEqualTo(directory.resolve("vmm"));
        assertThat(String.join(" ", direct.commandLine(spec, jail)))
                .isEqualTo("setpriv --no-new-privs -- /opt/fc/firecracker --id ses-1 --api-sock a.sock"
                        + " --log-path firecracker.log --level Info --metrics-path metrics.json");
    }

    @Test
    void directlyAsAnAccount() {
        Launcher.Direct direct = new Launcher.Direct(FIRECRACKER, true);
        MachineSpec spec = Specs.of(directory, Limits.NONE, ACCOUNT);
        assertThat(String.join(" ", direct.commandLine(spec, direct.jail(spec))))
                .matches("setpriv --reuid=70001 --regid=70002 (--clear-groups|--groups=[1-9]\\d*) --no-new-privs -- .*"
                        + " --enable-pci");
    }

    @Test
    void underTheJailer() throws Exception {
        Launcher.Jailed jailed = jailed(NONE, null, null);
        MachineSpec spec = Specs.of(directory, Limits.NONE, ACCOUNT);
        Jail jail = jailed.jail(spec);
        assertThat(jail.root()).isEqualTo(new HostPath(directory).resolve("jail/firecracker/ses-1/root"));
        assertThat(jail.tree()).isEqualTo(new HostPath(directory).resolve("jail"));
        assertThat(String.join(" ", jailed.commandLine(spec, jail)))
                .isEqualTo("/opt/fc/jailer --id ses-1 --exec-file /opt/fc/firecracker --uid 70001 --gid 70002"
                        + " --chroot-base-dir " + directory + "/jail --resource-limit no-file=2048 --"
                        + " --api-sock /a.sock --log-path /firecracker.log --level Info --metrics-path /metrics.json");
    }

    @Test
    void underTheJailerElsewhereInANamespaceWithLimits() throws Exception {
        Path mount = ControlGroupsTest.standIn(directory.resolve("cgroup"), "memory cpu pids io");
        Launcher.Jailed jailed = jailed(
                ControlGroups.below(mount, "execlaw"),
                new HostPath(Path.of("/srv/jail")),
                new HostPath(Path.of("/run/netns/n")));
        MachineSpec spec = Specs.of(directory, Limits.NONE, ACCOUNT);
        Jail jail = jailed.jail(spec);
        assertThat(jail.root()).hasToString("/srv/jail/firecracker/ses-1/root");
        assertThat(jail.tree()).hasToString("/srv/jail/firecracker/ses-1");
        assertThat(String.join("|", jailed.commandLine(spec, jail)))
                .contains("|--cgroup-version|2|--parent-cgroup|execlaw|")
                .contains("|--cgroup|memory.max=603979776|")
                .contains("|--cgroup|cpu.max=250000 100000|")
                .contains("|--cgroup|pids.max=66|")
                .contains("|--netns|/run/netns/n|--|");
    }

    @Test
    void anEnclosedMachineHasItsNetworkAlone() throws Exception {
        MachineSpec spec = Specs.enclosed(directory, ACCOUNT);
        Launcher.Jailed jailed = jailed(NONE, null, new HostPath(Path.of("/run/netns/n")));
        assertThat(String.join("|", jailed.commandLine(spec, jailed.jail(spec))))
                .startsWith("unshare|--net|--|sh|-c|")
                .contains("|sh|" + Specs.SLOT.tap() + "|70001|70002|/opt/fc/jailer|--id|ses-1|")
                .doesNotContain("--netns");
        Launcher.Direct direct = new Launcher.Direct(FIRECRACKER, false);
        assertThat(String.join("|", direct.commandLine(spec, direct.jail(spec))))
                .startsWith("unshare|--net|--|")
                .contains("|sh|" + Specs.SLOT.tap() + "|70001|70002|setpriv|--reuid=70001|");
    }

    @Test
    void jailerNeedsAnAccount() {
        assertThatThrownBy(() -> jailed(NONE, null, null).jail(Specs.of(directory, Limits.NONE, null)))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("no account of its own");
    }

    private static Launcher.Jailed jailed(ControlGroups groups, @Nullable HostPath base, @Nullable HostPath netns) {
        return new Launcher.Jailed(FIRECRACKER, JAILER, base, groups, netns, false);
    }
}
