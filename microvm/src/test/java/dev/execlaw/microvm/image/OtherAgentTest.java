package dev.execlaw.microvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OtherAgentTest {

    @TempDir
    private Path directory;

    @Test
    void whatIsNoProgramIsRefusedBeforeAnythingIsMade() throws Exception {
        Image base = new Image(
                "0123456789abcdef",
                "debian",
                directory.resolve("base"),
                directory.resolve("kernel"),
                null,
                directory.resolve("rootfs.ext4"),
                new Image.Agent("reference", "1"));
        ImageStore store = new ImageStore(directory.resolve("data"));
        Path text = Files.writeString(directory.resolve("text"), "hello");
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> OtherAgent.in(base, text, store))
                .withMessageContaining("neither an ELF program nor a script");
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> OtherAgent.in(base, directory.resolve("none"), store))
                .withMessageContaining("not a file that can be read");
        assertThat(directory.resolve("data")).doesNotExist();
    }
}
