package dev.execlaw.doctor.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.doctor.check.Finding.Verdict;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each check on a host in good order, and on one where its thing is not. */
class ChecksTest {

    @TempDir
    Path directory;

    private TestHost host;

    @BeforeEach
    void create() {
        host = new TestHost(directory);
    }

    @Test
    void aHostInGoodOrderHasNothingToDo() throws Exception {
        for (Check check : Stream.concat(Checks.quick().stream(), Stream.of(Checks.probe()))
                .toList()) {
            // The file system and the free space are the test host's own.
            if (!(check instanceof ReflinkCheck) && !(check instanceof DiskCheck)) {
                assertThat(host.look(check)).as(check.name()).returns(Verdict.OK, Finding::verdict);
            }
        }
        assertThat(Checks.quick()).extracting(Check::name).doesNotHaveDuplicates();
    }

    @Test
    void architecture() throws Exception {
        host.properties.put("os.arch", "aarch64");
        assertFound(new ArchitectureCheck(), Verdict.WARN, "aarch64");
        host.properties.put("os.arch", "riscv64");
        assertFound(new ArchitectureCheck(), Verdict.FAIL, "riscv64", "x86_64");
    }

    @Test
    void kernel() throws Exception {
        host.file("/proc/sys/kernel/osrelease", "5.4.0-generic\n");
        assertFound(new KernelCheck(), Verdict.FAIL, "5.4.0", "5.10");
        host.properties.put("os.name", "Mac OS X");
        assertFound(new KernelCheck(), Verdict.FAIL, "Mac OS X", "Linux");
    }

    @Test
    void jdk() throws Exception {
        host.properties.put("java.specification.version", "21");
        assertFound(new JdkCheck(), Verdict.FAIL, "Java 21", "25");
        host.properties.put("java.specification.version", "1.8");
        assertFound(new JdkCheck(), Verdict.FAIL, "Java 1.8");
    }

    @Test
    void memory() throws Exception {
        host.file("/proc/meminfo", "MemAvailable:   1048576 kB\n");
        assertFound(new MemoryCheck(), Verdict.WARN, "1024 MiB");
        host.file("/proc/meminfo", "MemAvailable:   262144 kB\n");
        assertFound(new MemoryCheck(), Verdict.FAIL, "256 MiB", "768 MiB");
        host.remove("/proc/meminfo");
        assertFound(new MemoryCheck(), Verdict.WARN, "does not tell");
    }

    @Test
    void disk() throws Exception {
        assertFound(new DiskCheck(path -> 100L << 30), Verdict.OK, "102400 MiB");
        assertFound(new DiskCheck(path -> 5L << 30), Verdict.WARN, "5120 MiB");
        assertFound(new DiskCheck(path -> 1L << 30), Verdict.FAIL, "1024 MiB", "3072 MiB");
    }

    @Test
    void dataDirectory() throws Exception {
        Files.setPosixFilePermissions(host.data, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertFound(new DataDirectoryCheck(), Verdict.WARN, "rwxr-xr-x", "chmod 0700");
        Files.delete(host.data);
        assertFound(new DataDirectoryCheck(), Verdict.OK, "can be made");
        Files.writeString(host.data, "a file");
        assertFound(new DataDirectoryCheck(), Verdict.FAIL, "is not a directory");
    }

    @Test
    void reflink() throws Exception {
        assertFound(new ReflinkCheck(), Verdict.OK, "shares blocks");
        host.absent.add("cp");
        assertFound(new ReflinkCheck(), Verdict.WARN, "overlays", "XFS");
        try (Stream<Path> left = Files.list(host.data)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void programs() throws Exception {
        host.absent.add("mmdebstrap");
        assertFound(new ToolsCheck(), Verdict.WARN, "mmdebstrap", "images cannot be built", "apt install mmdebstrap");
        host.absent.add("qemu-img");
        assertFound(new ToolsCheck(), Verdict.FAIL, "qemu-img", "apt install mmdebstrap qemu-utils");
    }

    @Test
    void qemu() throws Exception {
        host.answer(0, "QEMU emulator version 6.2.0", "qemu-system-x86_64", "--version");
        assertFound(new QemuCheck(), Verdict.WARN, "QEMU 6.2.0", "7.2");
        host.answer(0, "pc\nq35\n", "qemu-system-x86_64", "-M", "help");
        assertFound(new QemuCheck(), Verdict.FAIL, "without the microvm machine");
        host.answer(127, "", "qemu-system-x86_64", "--version");
        assertFound(new QemuCheck(), Verdict.FAIL, "status 127");
        host.absent.add("qemu-system-x86_64");
        assertFound(new QemuCheck(), Verdict.FAIL, "there is no qemu-system-x86_64", "apt install");
    }

    @Test
    void kvm() throws Exception {
        host.remove("/dev/kvm");
        assertFound(new KvmCheck(), Verdict.WARN, "not there", "firmware");
        assertFound(new KvmProbeCheck(), Verdict.OK, "not tried");
    }

    @Test
    void kvmThatOpensAndRunsNothing() throws Exception {
        host.probe = new Installation.Probe("tcg", "the probe guest did not start within 4 s");
        assertFound(new KvmProbeCheck(), Verdict.WARN, "did not start within 4 s");
        host.images.clear();
        assertFound(new KvmProbeCheck(), Verdict.OK, "not tried: there is no image");
    }

    @Test
    void firecracker() throws Exception {
        host.absent.remove("firecracker");
        assertFound(new FirecrackerCheck(), Verdict.FAIL, "tells no version");
        host.answer(0, "Firecracker v1.17.0\n", "firecracker", "--version");
        assertFound(new FirecrackerCheck(), Verdict.WARN, "v1.17.0 without a jailer");
        host.absent.remove("jailer");
        host.answer(0, "Jailer v1.16.1\n", "jailer", "--version");
        assertFound(new FirecrackerCheck(), Verdict.WARN, "v1.17.0 with jailer v1.16.1");
        host.answer(0, "Jailer v1.17.0\n", "jailer", "--version");
        assertFound(new FirecrackerCheck(), Verdict.OK, "v1.17.0");
    }

    @Test
    void firecrackerWhereTheConfigurationSays() throws Exception {
        host.settings.put("firecracker.binary", "/opt/fc/firecracker");
        host.settings.put("firecracker.jailer", "/opt/fc/jailer");
        assertFound(new FirecrackerCheck(), Verdict.FAIL, "/opt/fc/firecracker tells no version");
        host.answer(0, "Firecracker v1.17.0\n", "/opt/fc/firecracker", "--version");
        host.answer(0, "Jailer v1.17.0\n", "/opt/fc/jailer", "--version");
        assertFound(new FirecrackerCheck(), Verdict.OK, "v1.17.0 with its jailer");
        host.settings.put("firecracker.jailer", "none");
        assertFound(new FirecrackerCheck(), Verdict.WARN, "firecracker.jailer is none");
    }

    @Test
    void firecrackerWithKnownFaults() throws Exception {
        for (String version : List.of("v1.16.1", "v1.16.0")) {
            Path place = Files.createDirectories(host.data.resolve("firecracker/" + version + "-x86_64"));
            for (String name : List.of("firecracker", "jailer")) {
                Path program = Files.writeString(place.resolve(name), "");
                Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
                host.answer(0, name + " " + version + "\n", program.toString(), "--version");
            }
        }
        assertFound(new FirecrackerCheck(), Verdict.WARN, "v1.16.1", "#6100");
        Files.delete(host.data.resolve("firecracker/v1.16.1-x86_64/firecracker"));
        Files.delete(host.data.resolve("firecracker/v1.16.1-x86_64/jailer"));
        assertFound(new FirecrackerCheck(), Verdict.WARN, "v1.16.0", "#5969");
    }

    @Test
    void image() throws Exception {
        host.images.add(new Installation.ImageState("fedcba9876543210", "ubuntu-24.04", "rootfs.ext4 is cut off"));
        assertFound(
                new ImageCheck(),
                Verdict.FAIL,
                "fedcba9876543210 (ubuntu-24.04): rootfs.ext4 is cut off",
                "execlaw image rm fedcba9876543210");
        host.images.clear();
        assertFound(new ImageCheck(), Verdict.WARN, "none", "execlaw image build");
    }

    @Test
    void tun() throws Exception {
        host.remove("/dev/net/tun");
        assertFound(new TunCheck(), Verdict.WARN, "not there", "modprobe tun");
    }

    @Test
    void nftables() throws Exception {
        host.answer(1, "", "nft", "list", "tables");
        assertFound(new NftablesCheck(), Verdict.WARN, "nft list tables");
        host.absent.add("nft");
        assertFound(new NftablesCheck(), Verdict.WARN, "no nft", "apt install nftables");
    }

    @Test
    void leftovers() throws Exception {
        host.file("/sys/class/net/fctap3", "");
        host.file(
                "/proc/4711/cmdline",
                "/usr/bin/qemu-system-x86_64\0-drive\0file=" + host.data + "/machines/s1/disk.qcow2\0");
        host.file("/proc/4712/cmdline", "tail\0-f\0" + host.data + "/machines/s1/console\0");
        host.file("/proc/4713/cmdline", "qemu-system-x86_64\0-drive\0file=/elsewhere/machines/x\0");
        Finding found = assertFound(new LeftoversCheck(), Verdict.WARN, "TAP fctap3", "process 4711");
        assertThat(found.seen()).doesNotContain("4712").doesNotContain("4713");
        host.ledger.addAll(List.of("fctap3", "4711"));
        assertFound(new LeftoversCheck(), Verdict.OK, "nothing");
    }

    @Test
    void leftoversOfCgroups() throws Exception {
        host.file("/sys/fs/cgroup/unified/execlaw/s1/cgroup.procs", "");
        host.file("/sys/fs/cgroup/unified/execlaw/s2/cgroup.procs", "4711\n");
        host.file("/sys/fs/cgroup/memory/execlaw-s3/cgroup.procs", "");
        host.file("/sys/fs/cgroup/system.slice/execlaw.service/cgroup.procs", "");
        host.file("/sys/fs/cgroup/other/s4/cgroup.procs", "");
        assertThat(assertFound(new LeftoversCheck(), Verdict.WARN, "cgroup").seen())
                .isEqualTo("cgroup unified/execlaw/s1, cgroup memory/execlaw-s3 are not in the ledger");
        host.ledger.addAll(List.of("s1", "s3"));
        assertFound(new LeftoversCheck(), Verdict.OK, "nothing");
    }

    @Test
    void nameServers() throws Exception {
        host.silentServers.add("192.0.2.53");
        assertFound(new NameServerCheck(), Verdict.WARN, "192.0.2.53: no answer");
        host.remove("/etc/resolv.conf");
        assertFound(new NameServerCheck(), Verdict.WARN, "names none");
    }

    @Test
    void providers() throws Exception {
        host.providers.addAll(List.of(URI.create("https://up.test/v1"), URI.create("https://down.test/v1")));
        Finding found = assertFound(new ProvidersCheck(), Verdict.WARN, "https://down.test/v1: no connection");
        assertThat(found.seen()).doesNotContain("up.test");
    }

    @Test
    void clock() throws Exception {
        host.answer(0, "no\n", "timedatectl", "show", "--property=NTPSynchronized", "--value");
        assertFound(new ClockCheck(), Verdict.WARN, "not synchronised", "set-ntp");
        host.now = Instant.parse("1970-01-01T00:10:00Z");
        assertFound(new ClockCheck(), Verdict.FAIL, "1970-01-01");
    }

    @Test
    void adviceForHostsOfSeveralPeople() throws Exception {
        host.file("/proc/swaps", "Filename\tType\n/dev/sda2 partition 1 0 -2\n");
        assertFound(new SwapCheck(), Verdict.WARN, "1 swap areas", "swapoff");
        host.file("/sys/kernel/mm/ksm/run", "1\n");
        assertFound(new KsmCheck(), Verdict.WARN, "on", "ksm/run");
        host.file("/sys/devices/system/cpu/smt/active", "1\n");
        assertFound(new SmtCheck(), Verdict.WARN, "on", "smt/control");
    }

    @Test
    void openFiles() throws Exception {
        host.file("/proc/self/limits", "Max open files            1024                 2048              files\n");
        assertFound(new FileLimitCheck(), Verdict.WARN, "2048", "4096");
        host.file("/proc/self/limits", "Max open files            1024                 unlimited         files\n");
        assertFound(new FileLimitCheck(), Verdict.OK, "unlimited");
    }

    @Test
    void port() throws Exception {
        host.bindProblem = Optional.of("Address already in use");
        assertFound(new PortCheck(), Verdict.FAIL, "127.0.0.1:8000: Address already in use", "--listen");
        host.ours = true;
        assertFound(new PortCheck(), Verdict.OK, "this server's");
    }

    private Finding assertFound(Check check, Verdict verdict, String... said) throws IOException, InterruptedException {
        Finding finding = host.look(check);
        assertThat(finding).as(finding.toString()).returns(verdict, Finding::verdict);
        assertThat(finding.seen() + " -> " + finding.todo()).contains(said);
        return finding;
    }
}
