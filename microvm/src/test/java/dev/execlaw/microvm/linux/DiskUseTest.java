package dev.execlaw.microvm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskUseTest {

    private static final int BLOCK = 64 * 1024;

    @TempDir
    private Path directory;

    @Test
    void holesTakeNothing() throws Exception {
        Path file = directory.resolve("sparse");
        int stretches = 1_500; // more than one call tells of
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(1L << 33);
            for (int i = 0; i < stretches; i++) {
                opened.seek(2L * i * BLOCK);
                opened.write(new byte[BLOCK]);
            }
        }
        assertThat(DiskUse.data(file)).isEqualTo((long) stretches * BLOCK);
        assertThat(DiskUse.own(file)).isEqualTo((long) stretches * BLOCK);
    }

    @Test
    void anEmptyFileAndOneHoleTakeNothing() throws Exception {
        Path empty = Files.createFile(directory.resolve("empty"));
        assertThat(DiskUse.data(empty)).isZero();
        assertThat(DiskUse.own(empty)).isZero();
        try (RandomAccessFile hole = new RandomAccessFile(empty.toFile(), "rw")) {
            hole.setLength(1L << 30);
        }
        assertThat(DiskUse.data(empty)).isZero();
        assertThat(DiskUse.own(empty)).isZero();
    }

    @Test
    void whatAnotherFileSharesIsNotItsOwn() throws Exception {
        try (SharingDisk disk = SharingDisk.mount(directory)) {
            Path file = Files.write(disk.root().resolve("file"), new byte[40 * BLOCK]);
            Path copy = disk.root().resolve("copy");
            try (OpenFile from = OpenFile.read(file);
                    OpenFile to = OpenFile.create(copy)) {
                assertThat(to.cloneFrom(from)).isTrue();
            }
            assertThat(DiskUse.own(copy)).isZero();
            try (RandomAccessFile opened = new RandomAccessFile(copy.toFile(), "rw")) {
                opened.seek(4 * BLOCK);
                opened.write(new byte[3 * BLOCK]);
                opened.getFD().sync();
            }
            assertThat(DiskUse.own(copy)).isEqualTo(3 * BLOCK);
            assertThat(DiskUse.data(copy)).isEqualTo(40 * BLOCK);
            assertThat(DiskUse.own(file)).isEqualTo(3 * BLOCK);
        }
    }
}
