package dev.execlaw.doctor.check;

import dev.execlaw.config.Config;
import dev.execlaw.config.ConfigLoader;
import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A host that is in good order until a test puts something out of it. Its files are real ones under a directory. */
final class TestHost {

    final Path root;
    final Path data;
    final Map<String, String> properties = new HashMap<>(Map.of(
            "os.name",
            "Linux",
            "os.arch",
            "amd64",
            "java.specification.version",
            "25",
            "java.home",
            "/jdk",
            "user.name",
            "root"));
    /** What programs answer to a command line. */
    final Map<String, CommandResult> answers = new HashMap<>();

    final Set<String> absent = new HashSet<>(Set.of("iptables-legacy", "firecracker", "jailer"));
    final List<Installation.ImageState> images =
            new ArrayList<>(List.of(new Installation.ImageState("0123456789abcdef", "debian", "")));
    final Set<String> ledger = new HashSet<>();
    final Set<String> silentServers = new HashSet<>();
    final List<URI> providers = new ArrayList<>();
    Installation.Probe probe = new Installation.Probe("kvm", "a probe guest ran");
    /** Keys of the configuration that are not the default. */
    final Map<String, String> settings = new HashMap<>();
    /** Why there can be no TAP network. */
    Optional<String> tapProblem = Optional.empty();

    Instant now = Instant.parse("2026-11-23T12:00:00Z");
    Optional<String> bindProblem = Optional.empty();
    boolean ours;

    TestHost(Path directory) {
        root = directory.resolve("root");
        data = directory.resolve("data");
        try {
            Files.createDirectories(data);
            Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        file("/proc/sys/kernel/osrelease", "6.1.0-21-amd64\n");
        file("/proc/meminfo", "MemTotal:       24000000 kB\nMemAvailable:   20000000 kB\n");
        file("/proc/self/limits", "Max open files            1024                 1048576              files\n");
        file("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
        file("/proc/sys/net/ipv4/ip_forward", "1\n");
        file("/sys/kernel/mm/ksm/run", "0\n");
        file("/sys/devices/system/cpu/smt/active", "0\n");
        file("/etc/resolv.conf", "# comment\nnameserver 192.0.2.53\n");
        file("/proc/self/mountinfo", "31 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n");
        file("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
        file("/sys/fs/cgroup/cgroup.subtree_control", "memory pids\n");
        file("/dev/kvm", "");
        file("/dev/net/tun", "");
        file("/sys/class/net/eth0", "");
        answer(0, "QEMU emulator version 7.2.11 (Debian 1:7.2+dfsg)", "qemu-system-x86_64", "--version");
        answer(0, "none\nmicrovm              microvm (i386)\n", "qemu-system-x86_64", "-M", "help");
        answer(0, "table inet filter\n", "nft", "list", "tables");
        answer(
                0,
                "table inet filter {\n  chain forward {\n    type filter hook forward priority filter; policy accept;\n",
                "nft",
                "list",
                "ruleset");
        answer(
                0,
                "2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global eth0\\       valid_lft forever\n",
                "ip",
                "-4",
                "-o",
                "addr",
                "show");
        answer(
                0,
                "default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 proto kernel scope link\n",
                "ip",
                "-4",
                "-o",
                "route",
                "show",
                "table",
                "all");
        answer(0, "yes\n", "timedatectl", "show", "--property=NTPSynchronized", "--value");
    }

    void file(String absolute, String content) {
        Path path = root.resolve(absolute.substring(1));
        try {
            Files.createDirectories(path.getParent());
            Files.writeString(path, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void remove(String absolute) {
        try {
            Files.delete(root.resolve(absolute.substring(1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void answer(int status, String stdout, String... argv) {
        answers.put(String.join(" ", argv), new CommandResult(status, stdout, ""));
    }

    Finding look(Check check) throws IOException, InterruptedException {
        return check.run(facts());
    }

    HostFacts facts() {
        return new HostFacts(
                config(),
                root,
                data,
                InetSocketAddress.createUnresolved("127.0.0.1", 8000),
                providers,
                properties,
                Clock.fixed(now, ZoneOffset.UTC),
                new Answers(),
                new Wires(),
                new Known());
    }

    private Config config() {
        ConfigLoader loader = ConfigLoader.withoutFile();
        settings.forEach(loader::override);
        return loader.load();
    }

    private final class Answers implements Programs {
        @Override
        public boolean present(String name) {
            return !absent.contains(name);
        }

        @Override
        public Optional<CommandResult> run(List<String> argv) {
            if (absent.contains(argv.getFirst())) {
                return Optional.empty();
            }
            return Optional.of(answers.getOrDefault(String.join(" ", argv), new CommandResult(0, "", "")));
        }
    }

    private final class Wires implements Network {
        @Override
        public Optional<String> bindProblem(InetSocketAddress address) {
            return bindProblem;
        }

        @Override
        public boolean ours(InetSocketAddress address) {
            return ours;
        }

        @Override
        public Optional<String> dnsProblem(String server) {
            return silentServers.contains(server) ? Optional.of("no answer") : Optional.empty();
        }

        @Override
        public Optional<String> webProblem(URI uri) {
            return uri.getHost().startsWith("down") ? Optional.of("no connection") : Optional.empty();
        }
    }

    private final class Known implements Installation {
        @Override
        public List<ImageState> images() {
            return images;
        }

        @Override
        public Probe probe() {
            return probe;
        }

        @Override
        public Optional<String> tapProblem() {
            return tapProblem;
        }

        @Override
        public Set<String> ledger() {
            return ledger;
        }
    }
}
