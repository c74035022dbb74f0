package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The jailer: what it makes, what it refuses, and a guest inside. */
final class JailerTest {

    private static final int ACCOUNT = 70_123;
    private static final String TAP = "dbltap0";

    @TempDir
    Path base;

    private Path root;
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void asRoot() throws IOException {
        assumeTrue(ApiProcess.BINARIES.jailer().isPresent(), "the tests are told to do without a jailer");
        String users = Files.readString(Path.of("/proc/self/uid_map"));
        assumeTrue(users.contains("4294967295"), "a jailer needs root; users here: " + users.strip());
        root = base.resolve(ApiProcess.BINARIES.firecracker().getFileName())
                .resolve("vm-1")
                .resolve("root");
        Files.createDirectories(root);
    }

    @AfterEach
    void end() {
        started.forEach(process -> process.destroyForcibly().onExit().join());
    }

    private Process start(List<String> own, List<String> inside) throws IOException {
        List<String> line = new ArrayList<>(
                List.of(ApiProcess.BINARIES.jailer().orElseThrow().toString()));
        line.addAll(List.of("--id", "vm-1", "--uid", "" + ACCOUNT, "--gid", "" + ACCOUNT));
        line.addAll(List.of("--exec-file", ApiProcess.BINARIES.firecracker().toString()));
        line.addAll(List.of("--chroot-base-dir", base.toString()));
        line.addAll(own);
        line.add("--");
        line.addAll(inside);
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().put("FIRECRACKER_DOUBLE_FAULT", "exit-before-bind");
        builder.redirectError(Redirect.to(base.resolve("stderr").toFile()));
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private Process start(String... own) throws IOException {
        return start(List.of(own), List.of("--api-sock", "/a.sock", "--log-path", "/log"));
    }

    private RawConnection connect(Process process) throws Exception {
        return ApiProcess.connect(root.resolve("a.sock"), process, base);
    }

    private void refused(Process process, String text) throws Exception {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(Files.readString(base.resolve("stderr"))).contains(text);
    }

    @Test
    void aGuestRunsInItAndReachesItsTapDevice() throws Exception {
        Files.copy(ApiProcess.GUEST.resolve("vmlinuz"), root.resolve("kernel"));
        Files.copy(ApiProcess.GUEST.resolve("initramfs"), root.resolve("initramfs"));
        ip("tuntap", "add", TAP, "mode", "tap", "user", "" + ACCOUNT);
        try {
            ip("addr", "add", "10.200.5.1/30", "dev", TAP);
            ip("link", "set", TAP, "up");
            Process process = start();
            try (RawConnection api = connect(process)) {
                ApiProcess.configure(api, "/kernel", "/initramfs");
                String nic = "{\"iface_id\":\"%s\",\"host_dev_name\":\"%s\"}";
                ApiProcess.expect204(api.put("/network-interfaces/eth0", nic.formatted("eth0", TAP)));
                assertThat(api.put("/network-interfaces/eth1", nic.formatted("eth1", TAP))
                                .body())
                        .contains("Device or resource busy");
                SerialLine line = new SerialLine(process.getInputStream(), process.getOutputStream());
                ApiProcess.start(api);
                line.awaitPrompt().run("ifconfig eth0 10.200.5.2 netmask 255.255.255.252 up");
                assertThat(line.run("ping -c 1 -W 20 10.200.5.1")).contains("1 packets received");
                line.send("reboot -f\n");
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            ip("link", "del", TAP);
        }
    }

    private static void ip(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("ip"));
        line.addAll(List.of(arguments));
        Command.of(line).runOrThrow();
    }

    @Test
    void theProcessBecomesTheVmmOfItsAccountWithNothingOfOurs() throws Exception {
        Process process = start();
        connect(process).close();
        Path proc = Path.of("/proc/" + process.pid());

        assertThat(Files.readString(proc.resolve("status")))
                .contains("Uid:\t70123\t70123\t70123\t70123", "Gid:\t70123\t70123\t70123\t70123");
        assertThat(Files.readString(proc.resolve("cmdline"))).contains("--id\0vm-1\0--start-time-us\0");
        assertThat(Files.readString(proc.resolve("environ"))).doesNotContain("FIRECRACKER_DOUBLE_FAULT", "JAVA");
        assertThat(Files.readString(proc.resolve("limits"))).containsPattern("Max open files +2048 +2048");
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(base.toString());
        assertThat(Files.getAttribute(root.resolve("dev/net/tun"), "unix:uid")).isEqualTo(ACCOUNT);
        assertThat(root.resolve("dev/kvm")).exists();
    }

    @Test
    void limitsAreSet() throws Exception {
        Process process = start("--resource-limit", "no-file=1000", "--resource-limit", "fsize=1073741824");
        connect(process).close();

        assertThat(Files.readString(Path.of("/proc/" + process.pid(), "limits")))
                .containsPattern("Max open files +1000 +1000")
                .containsPattern("Max file size +1073741824 +1073741824");
    }

    @Test
    void anIdThatWasUsedIsRefused() throws Exception {
        Process process = start();
        connect(process).close();
        process.destroyForcibly().onExit().join();

        refused(start(), "File exists");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "--frobnicate      | x               | frobnicate",
                "--id              | again           | id",
                "--netns           | /nowhere        | /nowhere",
                "--resource-limit  | memory=1        | memory",
                "--cgroup-version  | 3               | 3",
                "--parent-cgroup   | ../above        | arent",
            })
    void refuses(String flag, String value, String text) throws Exception {
        refused(start(flag, value), text);
    }

    @Test
    void aControllerThatIsNotThereIsRefused() throws Exception {
        assumeTrue(Files.readString(Path.of("/proc/mounts")).contains(" cgroup2 "), "no cgroup2 on this host");
        refused(start("--cgroup-version", "2", "--cgroup", "nonesuch.max=1"), "nonesuch");
    }

    @Test
    void theVmmsOwnStatusIsSeen() throws Exception {
        Process process = start(List.of(), List.of("--api-sock", "/a.sock", "--api-sock", "/b.sock"));

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(153);
    }

    @Test
    void theIdMustNotBeGivenTwice() throws Exception {
        Process process = start(List.of(), List.of("--api-sock", "/a.sock", "--id", "other"));

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(153);
    }

    @Test
    void inANamespaceOfProcessesItLeavesAFileWithTheNumber() throws Exception {
        Process process = start("--new-pid-ns");
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        Path file = root.resolve(ApiProcess.BINARIES.firecracker().getFileName() + ".pid");
        ProcessHandle vmm =
                ProcessHandle.of(Long.parseLong(Files.readString(file).strip())).orElseThrow();
        try {
            assertThat(Files.readString(Path.of("/proc/" + vmm.pid(), "status")))
                    .containsPattern("NSpid:\t" + vmm.pid() + "\t1\n");
        } finally {
            vmm.destroyForcibly();
            Awaitility.await().atMost(ApiProcess.PATIENCE).until(() -> !vmm.isAlive());
        }
    }
}
