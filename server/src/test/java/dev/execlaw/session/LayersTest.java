package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayersTest {

    @TempDir
    private Path directory;

    @Test
    void aDiskThatNobodyFrozeIsTheNewest() throws Exception {
        Disk disk = raw("disk.raw", "rw-------");
        raw("layer-0001.qcow2", "rw-------");
        assertThat(layers().over(disk, _ -> List.of())).isEqualTo(disk);
        assertThat(layers().writable(disk, LayersTest::layer)).isEqualTo(disk);
    }

    @Test
    void whereLayersStandAloneTheOneThatIsWrittenToIsOverAFrozenOne() throws Exception {
        Disk frozen = raw("layer-0001.qcow2", "r--r--r--");
        Disk stale = raw("layer-0002.qcow2", "rw-------");
        Disk written = raw("layer-0003.qcow2", "rw-------");
        raw("layer-0004.qcow2", "r--r--r--");
        assertThat(layers().over(frozen, _ -> List.of())).isEqualTo(written);
        assertThat(layers().over(stale, _ -> List.of())).isEqualTo(stale);
    }

    @Test
    void aFrozenDiskIsWrittenToThroughALayer() throws Exception {
        Disk frozen = raw("layer-0001.qcow2", "r--r--r--");
        assertThat(layers().over(frozen, _ -> List.of())).isEqualTo(frozen);
        assertThat(layers().writable(frozen, LayersTest::layer).path())
                .isEqualTo(directory.resolve("layer-0002.qcow2"));
    }

    @Test
    void whereLayersLieOnEachOtherTheLastOfThemIsTheNewest() throws Exception {
        Disk frozen = raw("layer-0001.qcow2", "r--r--r--");
        Disk over = raw("layer-0002.qcow2", "rw-------");
        raw("layer-0003.qcow2", "rw-------");
        Path elsewhere = directory.resolve("elsewhere");
        Disk newest =
                layers().over(frozen, disk -> List.of(disk.path().equals(over.path()) ? frozen.path() : elsewhere));
        assertThat(newest).isEqualTo(new Disk(over.path(), Disk.Format.QCOW2));
    }

    private static Disk layer(Disk base, Path file) {
        return new Disk(file, base.format());
    }

    private Layers layers() {
        return new Layers(directory);
    }

    private Disk raw(String name, String permissions) throws IOException {
        Path file = Files.writeString(directory.resolve(name), "a disk");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return new Disk(file, Disk.Format.RAW);
    }
}
