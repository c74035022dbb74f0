package dev.execlaw.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A host on which KVM works, where there is none: an outer guest under software emulation, to which QEMU gives AMD's
 * virtualization, so that real KVM runs inside it. It sees this host's files by virtiofs, read-only, under a layer of
 * its own in memory, and runs {@code ./execlaw up} on them, whose API is forwarded to this host's loopback.
 *
 * <p>No time that is measured in it says anything about the product.
 */
final class Laboratory implements AutoCloseable {

    private static final Path ROOT = Path.of(System.getProperty("execlaw.root"));
    private static final Path IMAGE_CACHE = Path.of(System.getProperty("execlaw.test.image"));
    private static final Path FILES = Path.of(System.getProperty("execlaw.laboratory"));
    private static final List<Path> VIRTIOFSD = Stream.of("/usr/lib/qemu", "/usr/libexec", "/usr/bin")
            .map(directory -> Path.of(directory, "virtiofsd"))
            .toList();

    private static final String SHARE = "mount --rbind / \"$1\" && mount -o remount,bind,ro \"$1\""
            + " && mount -t tmpfs run /run && shift && exec \"$@\"";
    private static final int PORT = 18_081;
    private static final String ADDRESS = "10.0.2.15";
    /** Each look at the product inside takes from the little time that its machines get. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private static final Pattern BREAKDOWN = Pattern.compile(
            "(?m)^(\\[ *\\d+\\.\\d+\\] (BUG: |Kernel panic|Oops: |general protection fault)|#  SIGILL \\(0x4\\) at pc=).*");

    private static final Duration SHARING = Duration.ofSeconds(30);
    private static final Duration KERNEL = Duration.ofMinutes(3);
    private static final Duration DAEMON = Duration.ofMinutes(8);
    /** The end of the outer guest in case that nobody is left to end it. */
    private static final Duration LIFE = Duration.ofMinutes(25);

    private final Path directory;
    private final String token = "laboratory-" + UUID.randomUUID();
    private final List<Process> processes = new ArrayList<>();

    private Laboratory(Path directory) {
        this.directory = directory;
    }

    /**
     * Boots it and waits until the product inside answers.
     *
     * @param directory empty; its path without blanks, as it goes through a kernel's command line
     * @param config what the configuration of the product inside has beside the laboratory's own patience
     */
    static Laboratory boot(Path directory, String config) throws IOException {
        Laboratory laboratory = new Laboratory(directory);
        try {
            laboratory.furnish(config);
            laboratory.share();
            laboratory.start();
            laboratory.await(
                    "KVM inside the outer guest",
                    KERNEL,
                    () -> laboratory.report().contains("kvm is there"));
            laboratory.await(
                    "the product inside to answer /health",
                    DAEMON,
                    () -> laboratory.api().answers());
            return laboratory;
        } catch (IOException | RuntimeException | AssertionError e) {
            laboratory.close();
            throw e;
        }
    }

    Api api() {
        return new Api(URI.create("http://127.0.0.1:" + PORT), token);
    }

    /** Waits for a fact as long as the outer guest lives. */
    void await(String what, Duration limit, java.util.function.BooleanSupplier fact) {
        try {
            Wait.until(what, limit, LOOK, () -> {
                for (Process process : processes) {
                    if (!process.isAlive()) {
                        throw new AssertionError(process.info().command().orElse("a process of the laboratory")
                                + " ended with " + process.exitValue() + " before there was " + what);
                    }
                }
                return fact.getAsBoolean();
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; " + story(), e);
        }
    }

    /**
     * The outer guest's own words where it broke down, which is no matter of the product: QEMU's emulation of nested guests
     * was seen to overrun its kernel's stack ("BUG: TASK stack guard page was hit") under a load that real processors carry,
     * and to refuse an instruction in the middle of what Java had compiled (SIGILL).
     */
    static Optional<String> breakdown(Path directory) throws IOException {
        Path console = directory.resolve("console.log");
        if (!Files.exists(console)) {
            return Optional.empty();
        }
        return BREAKDOWN
                .matcher(Files.readString(console, java.nio.charset.StandardCharsets.ISO_8859_1))
                .results()
                .map(MatchResult::group)
                .findFirst();
    }

    /** What the laboratory has written so far: what it came to, the console with the product's log, its programs. */
    String story() {
        return "came to:\n" + report() + "\nconsole:\n" + text("console.log") + "\nQEMU:\n" + text("qemu.log")
                + "\nvirtiofsd:\n" + text("virtiofsd.log");
    }

    private String report() {
        return text("report.log");
    }

    private void furnish(String config) throws IOException {
        if (!Files.exists(FILES.resolve("initramfs"))) {
            throw new IllegalStateException("the laboratory's kernel is not in " + FILES
                    + "; make it with build/laboratory/make " + FILES + " CACHE_DIRECTORY");
        }
        Files.copy(ROOT.resolve("build/laboratory/inside"), directory.resolve("inside"));
        Files.writeString(directory.resolve("execlaw.toml"), config);
        Files.write(
                directory.resolve("settings"),
                List.of(
                        "LAB_ROOT='" + ROOT + "'",
                        "LAB_IMAGES='" + IMAGE_CACHE.resolve("images") + "'",
                        "LAB_JAVA_HOME='" + System.getenv("NETNS_JAVA_HOME") + "'",
                        "LAB_DATA=/run/execlaw-data",
                        "LAB_TOKEN=" + token,
                        "LAB_ADDRESS=" + ADDRESS,
                        "LAB_PORT=" + PORT));
    }

    /**
     * Shares the whole file system, made read-only in a mount namespace that ends with the program. It cannot take "/"
     * itself for its root, hence the second mount of it; not below the test's directory, which is deleted afterwards. What
     * the program leaves in /run goes with that namespace.
     */
    private void share() throws IOException {
        Path program = VIRTIOFSD.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "there is no virtiofsd among " + VIRTIOFSD + "; install it: ./execlaw setup --tests"));
        run(
                "virtiofsd",
                List.of(
                        "unshare",
                        "--mount",
                        "--propagation",
                        "private",
                        "sh",
                        "-c",
                        SHARE,
                        "share",
                        "/mnt",
                        program.toString(),
                        "--socket-path=" + socket(),
                        "-f",
                        "-o",
                        "source=/mnt",
                        "-o",
                        "cache=always",
                        "-o",
                        "sandbox=namespace",
                        "--thread-pool-size=4"));
        await("virtiofsd's socket", SHARING, () -> Files.exists(socket()));
    }

    private void start() throws IOException {
        String forward = "hostfwd=tcp:127.0.0.1:" + PORT + "-" + ADDRESS + ":" + PORT;
        List<String> line = new ArrayList<>(List.of("timeout", "--foreground", LIFE.toSeconds() + "s"));
        line.addAll(List.of("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"));
        line.addAll(List.of("-M", "q35,memory-backend=memory", "-smp", "2", "-m", "3072"));
        line.addAll(List.of("-accel", "tcg,thread=multi,tb-size=512", "-cpu", "EPYC-v3,+svm,+npt"));
        line.addAll(List.of("-object", "memory-backend-memfd,id=memory,size=3072M,share=on"));
        line.addAll(List.of("-chardev", "socket,id=host,path=" + socket()));
        line.addAll(List.of("-device", "vhost-user-fs-pci,chardev=host,tag=host"));
        line.addAll(List.of("-netdev", "user,id=net,restrict=on," + forward));
        line.addAll(List.of("-device", "virtio-net-pci,netdev=net,romfile="));
        line.addAll(List.of("-object", "rng-builtin,id=rng", "-device", "virtio-rng-pci,rng=rng"));
        line.addAll(List.of("-serial", "file:console.log", "-serial", "file:report.log"));
        line.addAll(List.of("-kernel", FILES.resolve("vmlinuz").toString()));
        line.addAll(List.of("-initrd", FILES.resolve("initramfs").toString()));
        String lab = "lab=" + directory + " lab.modules=" + FILES.resolve("modules");
        line.addAll(List.of("-append", "console=ttyS0 quiet reboot=k panic=-1 tsc=reliable clocksource=tsc " + lab));
        run("qemu", line);
    }

    private void run(String name, List<String> line) throws IOException {
        Path log = directory.resolve(name + ".log");
        processes.add(new ProcessBuilder(line)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .start());
    }

    private Path socket() {
        return directory.resolve("host.sock");
    }

    private String text(String file) {
        try {
            Path path = directory.resolve(file);
            return Files.exists(path) ? Files.readString(path, java.nio.charset.StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the outer guest as a loss of power would: all that it has changed is in its own memory. */
    @Override
    public void close() {
        for (Process process : processes.reversed()) {
            process.destroy();
            try {
                if (!process.waitFor(20, TimeUnit.SECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            } catch (InterruptedException _) {
                process.destroyForcibly();
                Thread.currentThread().interrupt(); // the others are ended nevertheless
            }
        }
    }
}
