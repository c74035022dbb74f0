package dev.execlaw.microvm.image;

import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The checks that an image must pass before a machine may use it. They look at the files alone; none boots it.
 *
 * @param checks what was looked at, in order
 */
public record Verification(List<Check> checks) {

    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final String AUTOLOGIN = "/etc/systemd/system/serial-getty@ttyS0.service.d/override.conf";
    private static final String CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

    public Verification {
        checks = List.copyOf(checks);
    }

    /**
     * One check.
     *
     * @param seen what was found, for people; where it failed also what to do
     */
    public record Check(String name, boolean passed, String seen) {}

    /** Whether all passed. */
    public boolean passed() {
        return checks.stream().allMatch(Check::passed);
    }

    /** Throws where a check failed, naming the first. */
    public void orThrow(Path image) throws ImageException {
        Optional<Check> failed =
                checks.stream().filter(check -> !check.passed()).findFirst();
        if (failed.isPresent()) {
            throw new ImageException("the image in " + image + " fails its check \""
                    + failed.get().name() + "\": " + failed.get().seen() + "; build it again: execlaw image build");
        }
    }

    /**
     * Looks at an image.
     *
     * @param directory kernel, initramfs (if any) and rootfs.ext4
     * @param work private directory for what the checks need for a moment
     */
    static Verification of(Path directory, Path work) throws IOException, InterruptedException {
        List<Check> checks = new ArrayList<>();
        checks.add(kernel(directory.resolve("kernel")));
        checks.add(drivers(directory));
        if (Files.exists(directory.resolve("initramfs"))) {
            checks.add(initramfs(directory.resolve("initramfs")));
        }
        Path rootfs = directory.resolve("rootfs.ext4");
        Check fileSystem = fileSystem(rootfs);
        checks.add(fileSystem);
        if (!fileSystem.passed()) {
            return new Verification(checks); // nothing in it can be looked at
        }
        Ext4 ext4 = new Ext4(rootfs, work);
        for (String path : List.of("/sbin/init", "/usr/local/bin/nullclaw", "/etc/hostname")) {
            checks.add(present(ext4, path));
        }
        checks.add(contains(ext4, "CA certificates", CA_BUNDLE, "BEGIN CERTIFICATE"));
        checks.add(contains(ext4, "name servers", "/etc/resolv.conf", "nameserver "));
        checks.add(contains(ext4, "auto-login", AUTOLOGIN, "--autologin root"));
        checks.add(contains(ext4, "auto-login without a password", AUTOLOGIN, " -f "));
        checks.add(identity(ext4));
        checks.add(noHostKeys(ext4));
        return new Verification(checks);
    }

    /** Compares every file with its hash in the manifest: reads all bytes. */
    static Verification ofContent(Path directory, Manifest manifest) throws IOException, InterruptedException {
        List<Check> checks = new ArrayList<>();
        for (var expected : manifest.files().entrySet()) {
            Path file = directory.resolve(expected.getKey());
            String name = "hash of " + expected.getKey();
            if (!Files.isRegularFile(file)) {
                checks.add(new Check(name, false, file + " is missing"));
                continue;
            }
            Manifest.Artefact got = Manifest.Artefact.of(file);
            checks.add(new Check(
                    name,
                    got.equals(expected.getValue()),
                    got.equals(expected.getValue())
                            ? got.digest()
                            : "expected " + expected.getValue() + ", got " + got));
        }
        return new Verification(checks);
    }

    Verification and(Verification other) {
        List<Check> all = new ArrayList<>(checks);
        all.addAll(other.checks);
        return new Verification(all);
    }

    private static Check kernel(Path kernel) throws IOException {
        try {
            return new Check("kernel", true, Kernel.read(kernel).description());
        } catch (ImageException e) {
            return new Check("kernel", false, String.valueOf(e.getMessage()));
        }
    }

    /** Without an initramfs the kernel itself must reach disk, network and console; with one it may have modules. */
    private static Check drivers(Path directory) throws IOException {
        boolean modules = Files.exists(directory.resolve("initramfs"));
        Optional<KernelConfig> config =
                KernelConfig.of(directory.resolve("kernel"), directory.resolve("kernel.config"));
        if (config.isEmpty()) {
            return new Check("virtio in the kernel", true, "not readable: the kernel comes without its configuration");
        }
        List<String> missing = config.get().missing(modules);
        return new Check(
                "virtio in the kernel",
                missing.isEmpty(),
                missing.isEmpty()
                        ? "all " + (modules ? "built in or modules" : "built in")
                        : "not " + (modules ? "enabled: " : "built in: ") + String.join(", ", missing)
                                + "; give a kernel that has them"
                                + (modules ? "" : ", or --initramfs with the modules"));
    }

    private static Check initramfs(Path initramfs) throws IOException {
        try {
            return new Check("initramfs", true, Kernel.initramfs(initramfs));
        } catch (ImageException e) {
            return new Check("initramfs", false, String.valueOf(e.getMessage()));
        }
    }

    private static Check fileSystem(Path rootfs) throws IOException, InterruptedException {
        CommandResult result = Command.of("e2fsck", "-fn", rootfs.toString())
                .tied()
                .timeout(TIMEOUT)
                .run();
        List<String> lines = result.stdout().lines().toList();
        String last = lines.isEmpty() ? result.stderr().strip() : lines.getLast();
        return new Check("file system", result.succeeded(), last);
    }

    private static Check present(Ext4 ext4, String path) throws IOException, InterruptedException {
        Optional<Ext4.Stat> stat = ext4.stat(path);
        return new Check(
                path,
                stat.isPresent(),
                stat.map(s -> s.type() + ", mode 0%o".formatted(s.mode())).orElse("missing"));
    }

    private static Check contains(Ext4 ext4, String name, String path, String text)
            throws IOException, InterruptedException {
        Optional<byte[]> content = ext4.read(path);
        boolean there = content.isPresent() && new String(content.get(), StandardCharsets.UTF_8).contains(text);
        return new Check(
                name,
                there,
                there ? path : path + (content.isPresent() ? " does not contain \"" + text + "\"" : " is missing"));
    }

    private static Check identity(Ext4 ext4) throws IOException, InterruptedException {
        Optional<byte[]> id = ext4.read("/etc/machine-id");
        boolean empty = id.isPresent() && id.get().length == 0;
        return new Check(
                "no machine-id of its own",
                empty,
                empty ? "empty" : "/etc/machine-id must be an empty file, or all machines would be one");
    }

    private static Check noHostKeys(Ext4 ext4) throws IOException, InterruptedException {
        for (String kind : List.of("rsa", "ecdsa", "ed25519", "dsa")) {
            String path = "/etc/ssh/ssh_host_" + kind + "_key";
            if (ext4.stat(path).isPresent()) {
                return new Check("no SSH host keys", false, path + " would be shared by all machines");
            }
        }
        return new Check("no SSH host keys", true, "none");
    }
}
