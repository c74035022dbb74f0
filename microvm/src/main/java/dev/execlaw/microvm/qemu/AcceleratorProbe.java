package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.Driver.Accelerator;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Decides between KVM and software by booting a guest: a {@code /dev/kvm} that opens, and even makes machines, may still
 * never start a stock kernel. The verdict holds for one boot of the host, one QEMU and one kernel, and is kept on disk.
 */
final class AcceleratorProbe {

    private static final Path KVM = Path.of("/dev/kvm");

    private final QemuSettings settings;
    private final String version;
    private final Path device;

    AcceleratorProbe(QemuSettings settings, String version) {
        this(settings, version, KVM);
    }

    AcceleratorProbe(QemuSettings settings, String version, Path device) {
        this.settings = settings;
        this.version = version;
        this.device = device;
    }

    Accelerator verdict() throws MachineException {
        if (!Files.exists(device)) {
            return new Accelerator("tcg", "there is no " + device + " on this host");
        }
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return new Accelerator(
                    "tcg", device + " may not be opened by this user; add the user to the group kvm to use it");
        }
        Path kernel = settings.probeKernel();
        if (kernel == null) {
            return new Accelerator("tcg", device + " is there, but there was no kernel to try it with");
        }
        try {
            return remembered(kernel);
        } catch (IOException e) {
            throw new MachineException("the accelerator could not be probed: " + e.getMessage(), e);
        }
    }

    private Accelerator remembered(Path kernel) throws IOException {
        Path file = settings.cache().resolve("accelerator");
        String key = key(kernel);
        if (Files.exists(file)) {
            List<String> lines = Files.readAllLines(file);
            if (lines.size() == 3 && lines.getFirst().equals(key)) {
                return new Accelerator(lines.get(1), lines.get(2));
            }
        }
        Accelerator verdict = probe(kernel);
        Path temporary = Files.createTempFile(settings.cache(), "accelerator", ".new");
        Files.write(temporary, List.of(key, verdict.kind(), verdict.reason()));
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        return verdict;
    }

    private String key(Path kernel) throws IOException {
        String boot =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        return boot + " | " + settings.binary() + " " + version + " | " + kernel.toRealPath() + " " + Files.size(kernel)
                + " " + Files.getLastModifiedTime(kernel).toMillis();
    }

    private Accelerator probe(Path kernel) throws IOException {
        Path initramfs = Files.createTempFile(settings.cache(), "probe", ".cpio");
        try {
            Files.write(initramfs, ProbeGuest.initramfs());
            return boot(kernel, initramfs);
        } finally {
            Files.delete(initramfs);
        }
    }

    private Accelerator boot(Path kernel, Path initramfs) throws IOException {
        AtomicBoolean seen = new AtomicBoolean();
        long begin = System.nanoTime();
        try {
            Command.of(line(kernel, initramfs))
                    .timeout(settings.probeDeadline())
                    .bareEnvironment()
                    .onLine(line -> {
                        if (line.contains(ProbeGuest.MARK)) {
                            seen.set(true);
                        }
                    })
                    .run();
        } catch (CommandException e) {
            if (!e.timedOut()) {
                throw e;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        long ms = (System.nanoTime() - begin) / 1_000_000;
        if (seen.get()) {
            return new Accelerator("kvm", "a probe guest ran under KVM within " + ms + " ms");
        }
        return new Accelerator(
                "tcg",
                device + " opens, but a probe guest did not start with it ("
                        + (ms < settings.probeDeadline().toMillis()
                                ? "QEMU gave up after " + ms + " ms"
                                : "waited " + settings.probeDeadline().toSeconds() + " s")
                        + ")");
    }

    private List<String> line(Path kernel, Path initramfs) {
        List<String> line = new ArrayList<>(CommandLine.base(settings.binary()));
        line.addAll(CommandLine.accelerator("kvm", settings.translationCacheMiB()));
        line.addAll(List.of("-smp", "1", "-m", "128M", "-serial", "stdio"));
        line.addAll(List.of("-kernel", kernel.toString(), "-initrd", initramfs.toString()));
        line.addAll(List.of("-append", "console=ttyS0 reboot=k panic=-1 quiet"));
        return List.copyOf(line);
    }
}
