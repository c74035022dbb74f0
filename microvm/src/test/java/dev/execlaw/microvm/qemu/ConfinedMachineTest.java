package dev.execlaw.microvm.qemu;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandResult;
import dev.execlaw.microvm.process.Processes;
import dev.execlaw.microvm.qemu.ConfinedHost.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Machines with an account, by a real QEMU in a network namespace of the test's own, run by root. */
@Timeout(180)
class ConfinedMachineTest {

    @TempDir
    private Path data;

    private ConfinedHost host;

    private ConfinedHost host(Wire wire) throws Exception {
        assertThat((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid"))
                .as("user that runs this test; only root starts processes as others")
                .isZero();
        host = new ConfinedHost(data, wire);
        return host;
    }

    @AfterEach
    void close() throws Exception {
        if (host != null) {
            host.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Wire.class)
    void vmmHasNoRightsAndSeesItsOwnFilesOnly(Wire wire) throws Exception {
        Machine machine = host(wire).started(host.spec(""));
        Map<String, String> status = status(machine);
        assertThat(status.get("Uid").split("\\s+")).containsOnly(String.valueOf(ConfinedHost.ACCOUNT.uid()));
        assertThat(status.get("Gid").split("\\s+")).containsOnly(String.valueOf(ConfinedHost.ACCOUNT.gid()));
        assertThat(status.get("Groups")).isEmpty();
        for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) {
            assertThat(status.get(set)).as(set).isEqualTo("0000000000000000");
        }
        assertThat(status).containsEntry("NoNewPrivs", "1").containsEntry("Seccomp", "2");
        assertThat(seen(machine, "cat " + host.secret).stderr()).contains("No such file");
        assertThat(seen(machine, "ls -A /").stdout().lines())
                .contains("dev", "proc", "usr")
                .doesNotContain("root", "home", "run", "var", "sys", "mnt", "boot", "opt");
        assertThat(seen(machine, "ls -A /old /etc " + data + "/machines").stdout())
                .isEqualTo("/etc:\nld.so.cache\n\n/old:\n\n" + data + "/machines:\nm\n");
        assertThat(Files.readString(Path.of("/proc/" + machine.vmm().pid() + "/mountinfo")))
                .doesNotContain("cgroup", "/sys ", "devtmpfs rw,nosuid,noexec,relatime - devtmpfs /dev ");
        // What is its own it reads and writes, and nothing else in the same directory.
        assertThat(seen(machine, "head -c 4 " + host.machine + "/disk.qcow2").stdout())
                .startsWith("QFI");
        for (String forbidden : List.of("/", "/usr", "/dev", host.machine.toString(), data + "/images")) {
            assertThat(seen(machine, "touch " + forbidden + "/x").status())
                    .as(forbidden)
                    .isNotZero();
        }
        for (String forbidden : List.of("console.log", "console.in", "vmm.log")) {
            assertThat(seen(machine, "head -c 0 " + host.machine + "/" + forbidden)
                            .stderr())
                    .as(forbidden)
                    .contains("Permission denied");
        }
        assertThat(seen(machine, ": > " + TestGuest.kernel()).status()).isNotZero();
    }

    @ParameterizedTest
    @EnumSource(Wire.class)
    void guestReachesItsDiskAndItsGateway(Wire wire) throws Exception {
        host(wire).listen();
        TestGuest guest = new TestGuest(host.started(host.spec("")), 0).awaitPrompt();
        assertThat(guest.run("head -c 14 /dev/vda")).isEqualTo("from the image");
        guest.run("echo kept > /dev/vda; sync");
        for (int i = 0; i < 3; i++) {
            assertThat(guest.run("echo ping " + i + " | nc " + TestGuest.SLOT.gateway() + " " + ConfinedHost.PORT))
                    .isEqualTo("host says ping " + i + "\n");
        }
    }

    @Test
    void diskOutlivesItsMachineAndGoesOnUnderTheNext() throws Exception {
        Machine first = host(Wire.TAP).started(host.spec(""));
        new TestGuest(first, 0).awaitPrompt().run("echo kept > /dev/vda; sync");
        assertThat(first.shutdown(Duration.ofSeconds(30))).isEqualTo(new MachineExit.ShutDown(false));
        long end = first.console().end();
        first.close();
        TestGuest guest = new TestGuest(host.started(host.spec("")), end).awaitPrompt();
        assertThat(guest.run("head -n 1 /dev/vda")).isEqualTo("kept\n");
    }

    @ParameterizedTest
    @EnumSource(Wire.class)
    void endsAreToldApart(Wire wire) throws Exception {
        host(wire);
        assertThat(exitAfter("poweroff -f")).isEqualTo(new MachineExit.PoweredOff());
        assertThat(exitAfter("echo c > /proc/sysrq-trigger")).isEqualTo(new MachineExit.Rebooted());
        Machine deaf = host.started(host.spec("deaf"));
        new TestGuest(deaf, deaf.console().begin()).awaitPrompt();
        assertThat(deaf.shutdown(Duration.ofMillis(500))).isEqualTo(new MachineExit.ShutDown(true));
        deaf.close();
        Machine killed = host.started(host.spec(""));
        Command.of("kill", "-9", String.valueOf(killed.vmm().pid())).runOrThrow();
        assertThat(killed.exited().toCompletableFuture().get(10, SECONDS)).isInstanceOf(MachineExit.Crashed.class);
    }

    @ParameterizedTest
    @EnumSource(Wire.class)
    void adoptedMachineFindsTheGatewayThatListensAnew(Wire wire) throws Exception {
        host(wire).listen();
        Machine first = host.started(host.spec(""));
        TestGuest guest = new TestGuest(first, 0).awaitPrompt();
        guest.run("x=remembered");
        first.detach();
        host.hangUp();
        host.listen();
        Machine second = host.open().adopt(first.spec(), first.vmm());
        host.closeLater(second);
        TestGuest again = new TestGuest(second, guest.offset());
        assertThat(again.run("echo $x | nc " + TestGuest.SLOT.gateway() + " " + ConfinedHost.PORT))
                .isEqualTo("host says remembered\n");
    }

    @ParameterizedTest
    @EnumSource(Wire.class)
    void failedStartSaysWhyAndLeavesNothing(Wire wire) throws Exception {
        host(wire);
        MachineSpec spec = host.spec(new Disk(host.machine.resolve("no-such-disk"), Disk.Format.RAW), Limits.NONE, "");
        Machine machine = host.create(spec);
        assertThatThrownBy(() -> machine.start(TestGuest.START))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("exit status 1")
                .hasMessageContaining("no-such-disk");
        assertNothingLeft();
    }

    @Test
    void diskOverWhatIsPrivateIsNotStarted() throws Exception {
        MachineSpec spec = host(Wire.USER).spec("");
        Path base = data.resolve("images/base.raw");
        Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rw-------"));
        Machine machine = host.create(spec);
        assertThatThrownBy(() -> machine.start(TestGuest.START))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining(base + ", which not everybody may read");
        assertNothingLeft();
    }

    @Test
    void linksThatTheVmmLaysAreNotFollowed() throws Exception {
        Path target = data.resolve("target");
        Files.writeString(target, "ours");
        Machine first = host(Wire.TAP).started(host.spec(""));
        seen(
                first,
                "cd " + host.machine + "/control && rm qmp.sock && ln -s " + target + " qmp.sock && mkdir d"
                        + " && ln -s " + target + " d/x");
        assertThat(host.machine.resolve("control/d/x")).isSymbolicLink();
        first.close();
        host.started(host.spec(""));
        assertThat(target).hasContent("ours");
        assertThat((int) Files.getAttribute(target, "unix:uid", LinkOption.NOFOLLOW_LINKS))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(Wire.class)
    void vmmLivesInItsCgroupAndNothingOutlivesThat(Wire wire) throws Exception {
        host(wire).listen();
        if (host.cgroup().isEmpty()) {
            assertThat(host.driver.gaps()).anySatisfy(gap -> assertThat(gap).contains("no cgroup is set"));
            return;
        }
        Machine machine = host.started(host.spec(""));
        String pid = String.valueOf(machine.vmm().pid());
        Path own = host.cgroup().get().resolve("confined-m");
        assertThat(own.resolve("cgroup.procs")).content().startsWith(pid);
        assertThat(Files.readAllLines(Path.of("/proc", pid, "cgroup")))
                .anySatisfy(line -> assertThat(line).matches("0::.*/execlaw-test-\\d+/confined-m"));
        Machine same = host.driver.create(host.spec(""));
        assertThatThrownBy(() -> same.start(TestGuest.START)).hasMessageContaining("[" + pid + "] live in cgroup");
        same.close();
        assertThat(Processes.alive(machine.vmm())).isTrue();
        // What a daemon that was killed left is found by name and ended so.
        host.open().cgroups().orElseThrow().remove("confined-m", Duration.ofSeconds(10));
        assertThat(machine.exited().toCompletableFuture().get(10, SECONDS)).isInstanceOf(MachineExit.Crashed.class);
        assertThat(own).doesNotExist();
    }

    @Test
    void machineWithoutAnAccountHasACgroupToo() throws Exception {
        MachineSpec own = host(Wire.USER).spec("");
        MachineSpec spec = new MachineSpec(
                own.name(), own.directory(), own.boot(), own.disk(), 2, 192, own.nic(), Limits.NONE, null);
        Machine machine = host.started(spec);
        assertThat(status(machine)).containsEntry("NoNewPrivs", "1").containsEntry("Seccomp", "2");
        assertThat(status(machine).get("Uid").split("\\s+")).containsOnly("0");
        if (host.cgroup().isPresent()) {
            assertThat(host.cgroup().get().resolve("confined-m/cgroup.procs"))
                    .content()
                    .startsWith(String.valueOf(machine.vmm().pid()));
        }
    }

    @Test
    void diskIsAsSlowAsItsLimit() throws Exception {
        MachineSpec plain = host(Wire.TAP).spec("");
        MachineSpec slow = host.spec(plain.disk(), new Limits(0, 1 << 20, 0), "");
        TestGuest guest = new TestGuest(host.started(slow), 0).awaitPrompt();
        // The first second's worth may pass at once.
        String took =
                guest.run("a=$(cut -d. -f1 /proc/uptime); dd if=/dev/vda of=/dev/null bs=64k count=64 iflag=direct"
                        + " 2> /dev/null; echo $(($(cut -d. -f1 /proc/uptime) - a))");
        assertThat(Integer.parseInt(took.strip())).as("seconds for 4 MiB").isBetween(2, 20);
    }

    private void assertNothingLeft() throws IOException {
        assertThat(Processes.find(data)).isEmpty();
        try (var files = Files.list(host.machine)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .isSubsetOf("console.log", "vmm.log", "disk.qcow2");
        }
    }

    private MachineExit exitAfter(String command) throws Exception {
        Machine machine = host.started(host.spec(""));
        new TestGuest(machine, machine.console().begin()).awaitPrompt().send(command);
        MachineExit exit = machine.exited().toCompletableFuture().get(30, SECONDS);
        machine.close();
        Files.delete(host.machine.resolve("console.log"));
        return exit;
    }

    private static CommandResult seen(Machine machine, String script) throws Exception {
        return ConfinedHost.asVmm(machine, script);
    }

    private static Map<String, String> status(Machine machine) throws IOException {
        Map<String, String> status = new HashMap<>();
        for (String line : Files.readAllLines(Path.of("/proc/" + machine.vmm().pid() + "/status"))) {
            int colon = line.indexOf(':');
            status.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        return status;
    }
}
