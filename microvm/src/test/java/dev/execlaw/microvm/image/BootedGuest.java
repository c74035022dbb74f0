package dev.execlaw.microvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.process.Command;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A machine of an image under QEMU's software emulation, with nothing of ours between it and the console. */
final class BootedGuest implements AutoCloseable {

    private static final Duration BOOT = Duration.ofMinutes(2);
    private static final String PROMPT = "\u001b]133;B\u0007";

    private final Process vmm;
    private final Path console;

    /** Boots an image over a disk of its own in {@code directory}, up to the shell's prompt. */
    BootedGuest(Image image, Path directory, List<GuestFile> files) throws Exception {
        Path overlay = directory.resolve("disk.qcow2");
        Command.of(
                        "qemu-img",
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-b",
                        image.rootfs().toString(),
                        "-F",
                        "raw",
                        overlay.toString())
                .runOrThrow();
        DiskFiles.inject(new MachineSpec.Disk(overlay, MachineSpec.Disk.Format.QCOW2), directory, files);
        console = directory.resolve("console");
        vmm = new ProcessBuilder(arguments(image, overlay))
                .redirectErrorStream(true)
                .redirectOutput(new File(console.toString()))
                .start();
        boolean up = false;
        try {
            await().atMost(BOOT)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> written().contains(PROMPT) || !vmm.isAlive());
            assertThat(written()).contains(PROMPT);
            up = true;
        } finally {
            if (!up) {
                close();
            }
        }
    }

    @Override
    public void close() throws IOException {
        vmm.destroyForcibly();
        await().atMost(Duration.ofSeconds(20)).until(() -> !vmm.isAlive());
    }

    /** Types a command and gives what came up to its end: output and, as the last characters, its exit status. */
    String run(String command) throws Exception {
        int from = written().length();
        vmm.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
        vmm.getOutputStream().flush();
        boolean ends = !command.startsWith("exec");
        Pattern end = Pattern.compile(
                ends ? "\u001b\\]133;C\u0007(.*)\u001b\\]133;D;(\\d+)\u0007.*133;B" : "\u001b\\]133;C\u0007(.*)# ",
                Pattern.DOTALL);
        await().atMost(BOOT)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> end.matcher(written().substring(from)).find());
        Matcher matcher = end.matcher(written().substring(from));
        assertThat(matcher.find()).isTrue();
        return ends ? matcher.group(1) + matcher.group(2) : matcher.group(1);
    }

    private String written() throws IOException {
        return Files.readString(console, StandardCharsets.ISO_8859_1);
    }

    private static List<String> arguments(Image image, Path overlay) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "qemu-system-x86_64",
                "-M",
                "microvm,acpi=on,isa-serial=on,pit=on,pic=on,rtc=on",
                "-accel",
                "tcg,thread=multi,tb-size=256",
                "-cpu",
                "max",
                "-smp",
                "2",
                "-m",
                "1024",
                "-nodefaults",
                "-no-user-config",
                "-no-reboot",
                "-display",
                "none",
                "-serial",
                "stdio",
                "-kernel",
                image.kernel().toString(),
                "-append",
                "console=ttyS0 reboot=k panic=1 pci=off root=/dev/vda rw"
                        + " ip=10.200.0.2::10.200.0.1:255.255.255.252:nullclaw:eth0:off"
                        + " tsc=reliable clocksource=tsc tsc_early_khz=" + hostKiloHertz(),
                "-drive",
                "if=none,id=disk,format=qcow2,file=" + overlay,
                "-device",
                "virtio-blk-device,drive=disk",
                "-netdev",
                "user,id=net,restrict=on",
                "-device",
                "virtio-net-device,netdev=net,mac=02:FC:00:00:00:00",
                "-device",
                "virtio-rng-device"));
        if (image.initramfs() != null) {
            arguments.addAll(List.of("-initrd", image.initramfs().toString()));
        }
        return arguments;
    }

    /** The guest's own calibration fails on a busy host now and then, and its boot stands still then. */
    private static long hostKiloHertz() throws Exception {
        Matcher matcher = Pattern.compile("cpu MHz\\s*: ([0-9.]+)").matcher(Files.readString(Path.of("/proc/cpuinfo")));
        assertThat(matcher.find()).isTrue();
        return Math.round(Double.parseDouble(matcher.group(1)) * 1000);
    }
}
