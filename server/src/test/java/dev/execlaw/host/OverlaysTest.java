package dev.execlaw.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against files that the real qemu-img made. */
final class OverlaysTest {

    @Test
    void onlyQcow2DisksOverAnImageHoldIt(@TempDir Path root) throws IOException, InterruptedException {
        DataDirectory data = new DataDirectory(root);
        data.create();
        Path used = rootfs(data, "aaaaaaaaaaaaaaaa");
        rootfs(data, "bbbbbbbbbbbbbbbb");
        Path machine = Files.createDirectories(data.machines().resolve("s1"));
        Path disk = machine.resolve("disk.qcow2");
        Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", used.toString(), disk.toString())
                .runOrThrow();
        Command.of(
                        "qemu-img",
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        machine.resolve("alone").toString(),
                        "1M")
                .runOrThrow();
        Files.writeString(machine.resolve("short"), "QF");
        assertThat(Overlays.below(data.machines(), data.images())).containsExactly("aaaaaaaaaaaaaaaa");
    }

    private static Path rootfs(DataDirectory data, String id) throws IOException {
        return Files.write(
                Files.createDirectories(data.images().resolve(id)).resolve("rootfs.ext4"), new byte[1 << 20]);
    }
}
