package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads headers that qemu-img wrote. */
class BackingFilesTest {

    @TempDir
    private Path directory;

    @Test
    void chainIsFollowedToItsEnd() throws Exception {
        Path base = file("base.raw", "rw-r--r--");
        Path middle = overlay("middle.qcow2", base.toString(), "raw");
        Path top = overlay("top.qcow2", "middle.qcow2", "qcow2");
        assertThat(BackingFiles.of(top)).containsExactly(middle, base);
        assertThat(BackingFiles.of(base)).isEmpty();
    }

    @Test
    void fileThatNotEverybodyMayReadIsNotShown() throws Exception {
        Path secret = file("secret", "rw-------");
        Path disk = overlay("disk.qcow2", secret.toString(), "raw");
        assertThatThrownBy(() -> BackingFiles.of(disk))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(secret.toString())
                .hasMessageContaining("chmod a+r");
    }

    @Test
    void whatIsNoFileIsNotShown() throws Exception {
        Path base = file("base.raw", "rw-r--r--");
        Path disk = overlay("disk.qcow2", base.toString(), "raw");
        Files.delete(base);
        Files.createDirectory(base);
        assertThatThrownBy(() -> BackingFiles.of(disk)).hasMessageContaining(base + ", which is not a file");
        Files.delete(base);
        assertThatThrownBy(() -> BackingFiles.of(disk)).hasMessageContaining(base + ", which is not a file");
    }

    @Test
    void circleEnds() throws Exception {
        file("a.qcow2", "rw-r--r--");
        Path b = overlay("b.qcow2", "a.qcow2", "raw");
        Path around = overlay("around.qcow2", "b.qcow2", "qcow2");
        Files.move(around, directory.resolve("a.qcow2"), StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> BackingFiles.of(b)).hasMessageContaining("more than 64 files");
    }

    @Test
    void brokenHeaderIsAnError() throws Exception {
        Path disk = overlay("disk.qcow2", file("base.raw", "rw-r--r--").toString(), "raw");
        byte[] bytes = Files.readAllBytes(disk);
        bytes[16] = 0x7f;
        Files.write(disk, bytes);
        assertThatThrownBy(() -> BackingFiles.of(disk)).hasMessageContaining("allowed are 1 to 1023");
        bytes[16] = 0;
        bytes[8] = (byte) 0xff;
        Files.write(disk, bytes);
        assertThatThrownBy(() -> BackingFiles.of(disk)).hasMessageContaining("broken header");
    }

    private Path file(String name, String mode) throws IOException {
        Path file = directory.resolve(name);
        Files.write(file, new byte[1 << 20]);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private Path overlay(String name, String base, String format) throws Exception {
        Path file = directory.resolve(name);
        List<String> line = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", format));
        line.addAll(List.of("-b", base, file.toString(), "1M"));
        Command.of(line).runOrThrow();
        return file;
    }
}
