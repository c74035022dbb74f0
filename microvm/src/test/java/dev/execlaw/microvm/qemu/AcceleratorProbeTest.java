package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.Driver.Accelerator;
import dev.execlaw.microvm.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class AcceleratorProbeTest {

    @TempDir
    private Path cache;

    @Test
    void hostWithoutKvmTakesSoftwareAtOnce() throws Exception {
        Accelerator verdict =
                probe(cache.resolve("no-device"), TestGuest.kernel()).verdict();
        assertThat(verdict.kind()).isEqualTo("tcg");
        assertThat(verdict.reason()).contains("there is no ");
    }

    @Test
    void deviceThatDoesNotRunAGuestIsNotTakenAndTheVerdictKept() throws Exception {
        Path device = Files.createFile(cache.resolve("device"));
        Path kernel = Files.writeString(cache.resolve("kernel"), "no kernel at all");
        Accelerator verdict = probe(device, kernel).verdict();
        assertThat(verdict.kind()).isEqualTo("tcg");
        assertThat(verdict.reason()).contains("a probe guest did not start");
        Path kept = cache.resolve("accelerator");
        List<String> lines = new ArrayList<>(Files.readAllLines(kept));
        lines.set(2, "remembered");
        Files.write(kept, lines);
        assertThat(probe(device, kernel).verdict().reason()).isEqualTo("remembered");
        Files.writeString(kernel, "another kernel");
        assertThat(probe(device, kernel).verdict().reason()).isNotEqualTo("remembered");
    }

    @Test
    void probeGuestRunsOnAStockKernel() throws Exception {
        Path initramfs = Files.write(cache.resolve("probe.cpio"), ProbeGuest.initramfs());
        List<String> line = new ArrayList<>(CommandLine.base("qemu-system-x86_64"));
        line.addAll(CommandLine.accelerator("tcg", 64));
        line.addAll(List.of(
                "-m", "128M", "-serial", "stdio", "-kernel", TestGuest.kernel().toString()));
        line.addAll(List.of("-initrd", initramfs.toString()));
        String arguments = QemuDriver.open(QemuSettings.of(cache, null)).kernelArguments();
        line.addAll(List.of("-append", "console=ttyS0 reboot=k panic=-1 quiet " + arguments));
        assertThat(Command.of(line).timeout(Duration.ofSeconds(60)).runOrThrow().stdout())
                .contains(ProbeGuest.MARK);
    }

    private AcceleratorProbe probe(Path device, Path kernel) {
        return new AcceleratorProbe(QemuSettings.of(cache, kernel), "7.2", device);
    }
}
