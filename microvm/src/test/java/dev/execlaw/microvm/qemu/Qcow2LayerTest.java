package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Layers as QEMU's own tool sees them. */
class Qcow2LayerTest {

    @TempDir
    private Path directory;

    @Test
    void layersOfAllSizesAreSoundAndNameWhatIsUnderThem() throws Exception {
        for (long size : new long[] {512, 1 << 20, (1L << 29) + 512, 2L << 30, 3L << 40}) {
            Path own = Files.createDirectory(directory.resolve("s" + size));
            Disk base = raw(directory.resolve("base-" + size), size);
            Disk first = made(base, own.resolve("layer-0001.qcow2"));
            Disk second = made(first, own.resolve("layer-0002.qcow2"));
            JsonNode info = info(first);
            assertThat(info.path("virtual-size").asLong()).isEqualTo(size);
            assertThat(info.path("backing-filename").asString())
                    .isEqualTo(base.path().toString());
            assertThat(info.path("backing-filename-format").asString()).isEqualTo("raw");
            JsonNode above = info(second);
            assertThat(above.path("virtual-size").asLong()).isEqualTo(size);
            assertThat(above.path("backing-filename").asString()).isEqualTo("layer-0001.qcow2");
            assertThat(above.path("backing-filename-format").asString()).isEqualTo("qcow2");
            assertThat(BackingFiles.of(first.path())).containsExactly(base.path());
            Command.of("qemu-img", "check", "-q", second.path().toString()).runOrThrow();
            assertThat(Files.size(second.path())).isEqualTo(262_144);
        }
    }

    @Test
    void whatIsWrittenToALayerIsReadBackAndNotBelow() throws Exception {
        Disk base = raw(directory.resolve("base"), 8 << 20);
        Files.writeString(base.path(), "below");
        Disk layer = made(raw(base.path(), 8 << 20), directory.resolve("layer.qcow2"));
        Command.of(
                        "qemu-io",
                        "-c",
                        "read -P 0x62 0 1",
                        "-c",
                        "write -P 7 1M 64k",
                        layer.path().toString())
                .runOrThrow();
        String seen = Command.of(
                        "qemu-io", "-c", "read -P 7 1M 64k", layer.path().toString())
                .runOrThrow()
                .stdout();
        assertThat(seen).contains("read 65536/65536").doesNotContain("failed");
        Command.of("qemu-img", "check", "-q", layer.path().toString()).runOrThrow();
    }

    @Test
    void tooLargeAndAlreadyThereAreRefused() throws Exception {
        Disk large = raw(directory.resolve("large"), 5L << 40);
        assertThatThrownBy(() -> Qcow2Layer.make(large, directory.resolve("x")))
                .hasMessageContaining("has 5497558138880 bytes");
        Disk base = raw(directory.resolve("base"), 1 << 20);
        made(base, directory.resolve("l"));
        assertThatThrownBy(() -> made(base, directory.resolve("l"))).isInstanceOf(IOException.class);
    }

    private static Disk made(Disk base, Path file) throws IOException {
        Qcow2Layer.make(base, file);
        return new Disk(file, Disk.Format.QCOW2);
    }

    private static Disk raw(Path file, long size) throws IOException {
        try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(size);
        }
        return new Disk(file, Disk.Format.RAW);
    }

    private static JsonNode info(Disk disk) throws Exception {
        String json = Command.of(
                        "qemu-img", "info", "--output=json", disk.path().toString())
                .runOrThrow()
                .stdout();
        return JsonMapper.builder().build().readTree(json);
    }
}
