package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.linux.OpenFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockCloneTest {

    private static final int PAGE = 4096;
    private static final long LENGTH = 16L << 20;

    @TempDir
    private Path directory;

    @Test
    void aCopyHasTheBytesAndTheHoles() throws Exception {
        Path source = sparse("source", 7, 100, 101);
        Path copy = directory.resolve("copy");
        BlockClone.make(source, copy);
        assertThat(Files.mismatch(source, copy)).isEqualTo(-1);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                .isEqualTo("rw-------");
        try (OpenFile map = OpenFile.read(copy)) {
            assertThat(map.dataFrom(0, LENGTH)).isEqualTo(7 * PAGE);
            assertThat(map.holeFrom(7 * PAGE)).isEqualTo(8 * PAGE);
            assertThat(map.dataFrom(8 * PAGE, LENGTH)).isEqualTo(100 * PAGE);
            assertThat(map.dataFrom(102 * PAGE, LENGTH)).as("the end is a hole").isEqualTo(LENGTH);
        }
    }

    @Test
    void oneHoleAndNothingAtAllAreCopiedToo() throws Exception {
        BlockClone.make(sparse("hole"), directory.resolve("copy of hole"));
        assertThat(directory.resolve("copy of hole")).hasSize(LENGTH);
        BlockClone.make(Files.createFile(directory.resolve("empty")), directory.resolve("copy of empty"));
        assertThat(directory.resolve("copy of empty")).isEmptyFile();
    }

    @Test
    void changesLieOverTheirOwnPlacesOnly() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            int[] base = random.ints(40, 0, (int) (LENGTH / PAGE)).toArray();
            int[] changed = random.ints(30, 0, (int) (LENGTH / PAGE)).toArray();
            Path target = sparse("base" + round, base);
            byte[] expected = Files.readAllBytes(target);
            Path changes = sparse("changes" + round, changed);
            byte[] over = Files.readAllBytes(changes);
            for (int page : changed) {
                System.arraycopy(over, page * PAGE, expected, page * PAGE, PAGE);
            }
            BlockClone.overlay(changes, target);
            assertThat(Arrays.mismatch(Files.readAllBytes(target), expected))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(-1);
            Files.delete(target);
            Files.delete(changes);
        }
    }

    @Test
    void aZeroPageThatWasWrittenIsAChange() throws Exception {
        Path target = sparse("base", 3);
        Path changes = sparse("changes");
        try (RandomAccessFile file = new RandomAccessFile(changes.toFile(), "rw")) {
            file.seek(3 * PAGE);
            file.write(new byte[PAGE]);
        }
        BlockClone.overlay(changes, target);
        assertThat(Files.readAllBytes(target)).containsOnly(0);
    }

    @Test
    void zerosBecomeHolesAndTheRestStays() throws Exception {
        Path file = sparse("file", 0, 15, 16, 700, (int) (LENGTH / PAGE) - 1);
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        Files.write(file, bytes);
        Zeros.release(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
        try (OpenFile map = OpenFile.read(file)) {
            assertThat(map.holeFrom(0)).isEqualTo(2 * 16 * PAGE);
            assertThat(map.dataFrom(2 * 16 * PAGE, LENGTH)).isEqualTo(700 / 16 * 16 * PAGE);
        }
        Path all = Files.write(directory.resolve("all"), new byte[100_000]);
        Zeros.release(all);
        assertThat(Files.readAllBytes(all)).isEqualTo(new byte[100_000]);
        try (OpenFile map = OpenFile.read(all)) {
            assertThat(map.dataFrom(0, 100_000)).isEqualTo(100_000);
        }
    }

    @Test
    void aFailureLeavesNothing() throws Exception {
        Path copy = directory.resolve("copy");
        assertThatThrownBy(() -> BlockClone.make(directory, copy))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot copy " + directory);
        assertThat(copy).doesNotExist();
        Path there = sparse("there", 1);
        byte[] before = Files.readAllBytes(there);
        assertThatThrownBy(() -> BlockClone.make(sparse("other"), there)).hasMessageContaining("EEXIST");
        assertThat(Files.readAllBytes(there)).isEqualTo(before);
    }

    @Test
    void thisFileSystemKeepsPages() throws Exception {
        assertThat(BlockClone.keepsPages(directory)).isTrue();
        assertThat(directory).isEmptyDirectory();
    }

    /** A file of holes and of these pages, each of random bytes. */
    private Path sparse(String name, int... pages) throws IOException {
        Path path = directory.resolve(name);
        Random random = new Random(name.hashCode());
        byte[] page = new byte[PAGE];
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(LENGTH);
            for (int number : pages) {
                random.nextBytes(page);
                file.seek((long) number * PAGE);
                file.write(page);
            }
        }
        return path;
    }
}
