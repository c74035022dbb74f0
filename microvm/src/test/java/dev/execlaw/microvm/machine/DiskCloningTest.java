package dev.execlaw.microvm.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.Driver.DiskClone;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.qemu.QemuDriver;
import dev.execlaw.microvm.qemu.QemuSettings;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCloningTest {

    @TempDir
    private Path directory;

    private Path base;

    @BeforeEach
    void base() throws Exception {
        base = directory.resolve("base");
        try (RandomAccessFile file = new RandomAccessFile(base.toFile(), "rw")) {
            file.setLength(64 << 20);
            file.seek(32 << 20);
            file.writeBytes("in the middle");
        }
    }

    @Test
    void sparseCopyHasTheBytesAndTheHoles() throws Exception {
        DiskClone clone = new SparseCopy().clone(base, directory).orElseThrow();
        assertThat(clone.method()).isEqualTo("copy");
        assertThat(Files.mismatch(clone.disk().path(), base)).isEqualTo(-1);
        String kib = Command.of("du", "-k", clone.disk().path().toString())
                .runOrThrow()
                .stdout()
                .split("\t", 2)[0];
        assertThat(Integer.parseInt(kib)).isLessThan(1024);
    }

    @Test
    void reflinkIsWholeOrLeavesNothing() throws Exception {
        var clone = new Reflink().clone(base, directory);
        if (clone.isPresent()) {
            assertThat(Files.mismatch(clone.get().disk().path(), base)).isEqualTo(-1);
        } else {
            assertThat(directory.resolve("disk.raw")).doesNotExist();
        }
    }

    @Test
    void qemuClonesOnAnyFileSystemAndKeepsTheBase() throws Exception {
        byte[] before = Files.readAllBytes(base);
        DiskClone clone = QemuDriver.open(QemuSettings.of(directory, null)).cloneDisk(base, directory);
        assertThat(clone.method()).isIn("reflink", "overlay");
        Command.of(
                        "qemu-io",
                        "-f",
                        clone.disk().format().name().toLowerCase(Locale.ROOT),
                        "-c",
                        "write -P 7 0 64k",
                        clone.disk().path().toString())
                .runOrThrow();
        assertThat(Files.readAllBytes(base)).isEqualTo(before);
    }
}
