package dev.execlaw.microvm.diff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks of guests that mean harm: a comparison ends, with a report or a {@link DiffException}, and in time. */
class HostileDiskTest {

    private static final int SEEDS = 200;

    @TempDir
    private Path directory;

    @Test
    @Timeout(300)
    void damagedMetadataEndsInAReportOrADiffException() throws Exception {
        Disk base = disk();
        Disk newer = new TestDisks(directory).changed(base, "newer.raw");
        List<Long> metadata = metadata(base);
        byte[] whole = Files.readAllBytes(base.path());
        DiffLimits limits = new DiffLimits(Duration.ofSeconds(5), 1000, 10_000, 100_000);
        int reports = 0;
        int refused = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            damage(newer.path(), whole, metadata, new Random(seed));
            try {
                DiffReport report = new DiskDiff(List.of(directory)).between(base, newer, limits);
                assertThat(report.notes()).hasSizeLessThanOrEqualTo(20);
                assertThat(report.files()).hasSizeLessThanOrEqualTo(1000);
                reports++;
                new DiskDiff(List.of(directory)).between(newer, base, limits);
            } catch (DiffException e) {
                assertThat(e)
                        .as("seed " + seed)
                        .hasMessageContaining("newer.raw")
                        .hasMessageNotContaining("damaged:");
                refused++;
            }
        }
        // Both happen, or the damage is not where it should be.
        assertThat(reports).isGreaterThan(SEEDS / 2);
        assertThat(refused).isPositive();
    }

    @Test
    void directoryLoopsAndFilesThatNoPathNamesAreNoted() throws Exception {
        Disk base = disk();
        TestDisks disks = new TestDisks(directory);
        Disk loop = disks.changed(base, "loop.raw", "cd d1", "ln / again", "ln /d2 twice");
        DiffReport report = disks.diff(base, loop);
        assertThat(report.notes().toString()).contains("is inode 2, which is elsewhere too");
        assertThat(report.files()).extracting(FileChange::path).contains("/d1/again", "/d1/twice");
        assertThat(disks.diff(loop, base).files()).hasSameSizeAs(report.files());
    }

    @Test
    void sparseGiantIsComparedByWhatItHolds() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        try (RandomAccessFile giant = new RandomAccessFile(tree.resolve("giant").toFile(), "rw")) {
            giant.setLength(3L << 40);
            giant.seek(2L << 40);
            giant.write(1);
        }
        TestDisks disks = new TestDisks(directory);
        Disk older = disks.of("older.raw", tree, "-b", "4096");
        try (RandomAccessFile giant = new RandomAccessFile(tree.resolve("giant").toFile(), "rw")) {
            giant.seek(2L << 40);
            giant.write(2);
        }
        Disk newer = disks.of("newer.raw", tree, "-b", "4096");
        DiffReport report = disks.diff(older, newer);
        assertThat(report.files()).extracting(FileChange::kind).containsExactly(FileChange.Kind.MODIFIED);
        assertThat(report.patch()).contains("too long to show");
        assertThat(disks.diff(newer, new TestDisks(directory).changed(newer, "copy.raw"))
                        .files())
                .isEmpty();
    }

    private Disk disk() throws Exception {
        Path tree = directory.resolve("tree");
        Random random = new Random(7);
        for (int i = 0; i < 30; i++) {
            Path place = Files.createDirectories(tree.resolve("d" + i % 7 + (i % 2 == 0 ? "/deep" : "")));
            byte[] bytes = new byte[random.nextInt(60_000)];
            random.nextBytes(bytes);
            Files.write(
                    place.resolve("f" + i),
                    i % 3 == 0 ? bytes : ("text " + i + "\n").repeat(i).getBytes(StandardCharsets.UTF_8));
            Files.createSymbolicLink(place.resolve("l" + i), Path.of("t".repeat(1 + 3 * i)));
        }
        Path many = Files.createDirectory(tree.resolve("many"));
        for (int i = 0; i < 300; i++) {
            Files.createFile(many.resolve("entry-with-a-long-name-" + i));
        }
        Disk disk = new TestDisks(directory).of("base.raw", tree, "-b", "1024", "-J", "size=1");
        Path block = Files.write(directory.resolve("block"), new byte[1024]);
        new TestDisks(directory).debugfs(disk.path(), "jo", "jw -b 16000,16001 " + twice(block), "jc");
        return disk;
    }

    private static Path twice(Path block) throws Exception {
        return Files.write(block, new byte[2048]);
    }

    /** Blocks with anything in them but the files' own content. */
    private static List<Long> metadata(Disk disk) throws Exception {
        List<Long> metadata = new ArrayList<>();
        byte[] whole = Files.readAllBytes(disk.path());
        Path only = disk.path().resolveSibling("metadata.raw");
        Command.of("e2image", "-r", disk.path().toString(), only.toString()).runOrThrow();
        byte[] kept = Files.readAllBytes(only);
        for (int block = 0; block < whole.length / 1024; block++) {
            for (int i = 0; i < 1024; i++) {
                if (kept[block * 1024 + i] != 0) {
                    metadata.add((long) block);
                    break;
                }
            }
        }
        return metadata;
    }

    private static void damage(Path file, byte[] whole, List<Long> metadata, Random random) throws Exception {
        byte[] bytes = whole.clone();
        int hits = 1 << random.nextInt(9);
        for (int i = 0; i < hits; i++) {
            // Every third one hits a block at the front: superblock, descriptors, the first inodes.
            int most = i % 3 == 0 ? Math.min(20, metadata.size()) : metadata.size();
            int at = (int) (metadata.get(random.nextInt(most)) * 1024 + random.nextInt(1024));
            if (at >= 1024 + 0x60 && at < 1024 + 0x68 && random.nextInt(4) != 0) {
                continue;
            }
            bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : bytes[at] ^ 1 << random.nextInt(8));
        }
        Files.write(file, bytes);
    }
}
